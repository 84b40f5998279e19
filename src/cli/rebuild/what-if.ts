/** Reads what is asked of a rebuild from the options of the command. */

import { readFileSync } from 'node:fs';
import type { OtherRules } from '../../domain/rule.ts';
import { otherRulesIn, rebuildRequest } from '../../projection/rebuild/request.ts';
import { CommandFailed } from '../command.ts';

export interface WhatIfOptions {
  rule?: string;
  hours?: number;
  activeWhen?: string;
  tenant: string[];
  rules?: string;
  period?: string;
}

/** What a rebuild is asked; without rules it is none but the proof that the live projection is right. */
export interface Asked {
  rules: OtherRules | null;
  period: string | null;
}

/** Reads the options as the body of a request and judges it by the same schema. */
export function readWhatIf(options: WhatIfOptions): Asked {
  const read = rebuildRequest.safeParse({ ...rulesOf(options), ...periodOf(options) });
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `  ${path.join('/') || 'rules'}: ${message}`);
    throw new CommandFailed(['That is no what-if:', ...faults].join('\n'));
  }
  return { rules: otherRulesIn(read.data), period: read.data.period ?? null };
}

function rulesOf({ rule, hours, activeWhen, tenant, rules: file }: WhatIfOptions): object {
  const given = rule !== undefined || hours !== undefined || activeWhen !== undefined;
  if (file !== undefined) {
    if (given || tenant.length > 0)
      throw new CommandFailed('--rules says it all: leave --rule, --hours, --active-when and --tenant out.');
    return readFile(file);
  }
  if (!given) {
    if (tenant.length > 0) throw new CommandFailed('--tenant is for a what-if: say which --rule.');
    return {};
  }
  const timeline = [{ from: null, rule: rule ?? 'fixed', ...definedIn({ hours, activeWhen }) }];
  if (tenant.length === 0) return { all: timeline };
  return { rules: Object.fromEntries(tenant.map((name) => [name, timeline])) };
}

function periodOf({ period }: WhatIfOptions): object {
  return period === undefined ? {} : { period };
}

function definedIn(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function readFile(file: string): object {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  throw new CommandFailed(`${file} is not a JSON object like {"rules": {...}} or {"all": [...]}.`);
}

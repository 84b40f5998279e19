import type { Promoted, RolledBack } from '../../projection/rebuild/promote.ts';
import { Problem } from '../problems/problem.ts';

/** Why a rebuild was not promoted; the message of each is a sentence for a person. */
export function whyNotPromoted(result: Exclude<Promoted, { kind: 'promoted' }>): Problem {
  switch (result.kind) {
    case 'wrong-state':
      return state(`The rebuild is ${result.state}; only one that is caught-up can be promoted.`);
    case 'differs':
      return new Problem('rebuild-differs', `It differs in ${result.count} places.`);
    case 'changes-rules':
      return new Problem('rebuild-changes-rules');
    case 'keeps-rules':
      return state('The rebuild is no what-if: it changes no rules. Leave `changeRules` out.');
    case 'one-period':
      return state(
        `Only ${result.period} was compared, and promoting it would change every period: start one without \`period\`.`,
      );
    case 'rules-changed':
      return state(
        `The rules of ${named(result.tenants)} were changed after the comparison: discard the rebuild and start another one.`,
      );
    case 'forbidden':
      return new Problem(
        'forbidden-scope',
        "Final periods or tenants' rules change with it: this needs a key with the scope billing:write.",
      );
    case 'behind':
      return state('The rebuild does not catch up with the live projection; try again.');
    default:
      return result satisfies never;
  }
}

export function whyNotRolledBack(result: Exclude<RolledBack, { kind: 'rolled-back' }>): Problem {
  switch (result.kind) {
    case 'wrong-state':
      return state(`The rebuild is ${result.state}; only the one that is live can be rolled back.`);
    case 'gone':
      return state('The projection before it was dropped when a later rebuild was started.');
    case 'busy':
      return state(`Rebuild ${result.id} is under way and compares with what is live now: discard it first.`);
    case 'rules-changed':
      return state(
        `The rules of ${named(result.tenants)} were changed after the promotion, so they cannot go back to what they were. Start another rebuild instead.`,
      );
    case 'behind':
      return state('The projection before it is still catching up; ask again in a moment.');
    default:
      return result satisfies never;
  }
}

function state(detail: string): Problem {
  return new Problem('rebuild-state', detail);
}

function named(tenants: readonly string[]): string {
  const shown = tenants.slice(0, 5).join(', ');
  return tenants.length > 5 ? `${shown} and ${tenants.length - 5} more` : shown;
}

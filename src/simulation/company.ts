/** Companies that do not exist: their accounts, contacts and size. */

import { between, chance, pick, pickWeighted, type Random } from './random.ts';

/** A number or page of a company. */
interface Account {
  channel: string;
  account: string;
}

/** A tenant of the simulated platform. */
export interface Company {
  tenant: string;
  name: string;
  accounts: readonly [Account, ...Account[]];
  /** Share of the platform's sessions, relative to the others. */
  weight: number;
  /** How many contacts write to it. */
  contacts: number;
  /** Its system writes instants as UTC or with the offset of São Paulo. */
  offsetMinutes: number;
}

const TRADES: readonly [string, ...string[]] = [
  'Clínica',
  'Padaria',
  'Escola',
  'Farmácia',
  'Loja',
  'Academia',
  'Imobiliária',
  'Pet Shop',
  'Oficina',
  'Ótica',
];
const NAMES: readonly [string, ...string[]] = [
  'Aurora',
  'Bela Vista',
  'Central',
  'do Sol',
  'Ipê',
  'Horizonte',
  'Jardim',
  'Primavera',
];
const AREA_CODES: readonly [string, ...string[]] = ['11', '21', '31', '41', '51', '61', '71', '81'];
/** Sessions of one contact in a month, on average. */
const SESSIONS_PER_CONTACT = 2.5;

/** Companies of very different sizes: the first has by far the most traffic. `sessions` is what they share. */
export function companies(random: Random, count: number, sessions: number): Company[] {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1) ** 0.9);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight, i) => {
    const name = `${TRADES[i % TRADES.length]} ${NAMES[(i * 3 + Math.floor(i / TRADES.length)) % NAMES.length]}`;
    const share = weight / sum;
    return {
      tenant: `${slug(name)}-${i + 1}`,
      name,
      accounts: accountsOf(random, i, share),
      weight,
      contacts: Math.max(3, Math.round((share * sessions) / SESSIONS_PER_CONTACT)),
      offsetMinutes: chance(random, 0.5) ? 0 : -180,
    };
  });
}

function slug(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '-');
}

function accountsOf(random: Random, index: number, share: number): Company['accounts'] {
  const numbers = share > 0.1 ? 3 : between(random, 1, 2);
  const number = (i: number) => ({
    channel: 'whatsapp',
    account: `5511${4000 + index}${String(i).padStart(4, '0')}`,
  });
  const others: Account[] = [];
  if (chance(random, 0.4)) others.push({ channel: 'instagram', account: `pagina.${index + 1}` });
  if (chance(random, 0.2))
    others.push({ channel: 'messenger', account: `10${String(index).padStart(4, '0')}77` });
  if (chance(random, 0.3)) others.push({ channel: 'webchat', account: 'site' });
  return [number(1), ...Array.from({ length: numbers - 1 }, (_, i) => number(i + 2)), ...others];
}

/** Most sessions come in over the company's telephone numbers. */
export function pickAccount(random: Random, { accounts }: Company): Account {
  return (
    accounts[
      pickWeighted(
        random,
        accounts.map(({ channel }) => (channel === 'whatsapp' ? 5 : 1)),
      )
    ] ?? accounts[0]
  );
}

/** One of the company's contacts; a few of them write far more than the others. */
export function pickContact(random: Random, company: Company, channel: string): string {
  const index = Math.floor(random() ** 2 * company.contacts);
  if (channel === 'webchat') return `visitor-${index}`;
  if (channel !== 'whatsapp') return String(17_841_400_000_000 + index * 7);
  const area = AREA_CODES[index % AREA_CODES.length] ?? AREA_CODES[0];
  const line = String(60_000_000 + ((index * 7_919) % 30_000_000));
  return spell(random, area, line);
}

/** Most systems send digits; some leave out the ninth digit, some format the number for people. */
function spell(random: Random, area: string, line: string): string {
  const full = `55${area}9${line}`;
  if (chance(random, 0.9)) return full;
  return pick(random, [`55${area}${line}`, `+55 ${area} 9${line.slice(0, 4)}-${line.slice(4)}`]);
}

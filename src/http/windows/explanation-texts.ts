/** The sentences of an explanation in each language, in the words of contract section 1. Instants come as text. */
import type { Language } from '../../domain/description.ts';

type Kind = 'receptive' | 'active';
interface Template {
  name: string;
  category: string;
  origin: string;
  campaign: string | null;
}
interface Span {
  from: string;
  to: string;
}

const en = {
  event: (id: string) => `The event ${id}`,
  contactMessage: (id: string) => `The message from the contact ${id}`,
  freeText: (id: string) => `The free text inside the customer service window ${id}`,
  template: (id: string, { name, category, origin, campaign }: Template) =>
    `The template ${name} (${category}, origin ${origin}${campaign === null ? '' : `, campaign ${campaign}`}) with the id ${id}`,
  opened: (what: string, kind: Kind, at: string, before: string) =>
    `${what} opened this ${kind} window at ${at}: no window was open, for ${before}.`,
  noneBefore: 'the conversation had no window before',
  closedBefore: (at: string) => `the window before it had closed at ${at}`,
  slidingEnd: (at: string) =>
    `Rule sliding: each message from the contact inside moved its end, at last to ${at}.`,
  fixedEnd: (rule: string, at: string) => `Rule ${rule}: it ends at ${at}, whatever happens inside.`,
  included(count: number) {
    if (count === 0) return 'No other message is inside';
    return count === 1 ? '1 more message inside costs nothing' : `${count} more messages inside cost nothing`;
  },
  failed: (count: number) =>
    count === 1 ? '1 failed and counts for nothing' : `${count} failed and count for nothing`,
  voided: (count: number) => (count === 1 ? '1 event was voided' : `${count} events were voided`),
  billed: (what: string, period: string, kind: Kind, { from, to }: Span) =>
    `${what} was invoiced in ${period} as the opener of a window: ${kind}, from ${from} to ${to}.`,
  gone: (why: string) => `That window is gone: ${why}.`,
  wasVoided: (id: string) => `${id} was voided, so it never happened`,
  hasFailed: (id: string) => `${id} failed and was neither delivered nor read, so it never happened`,
  inside: (id: string, kind: Kind, opener: string, { from, to }: Span) =>
    `${id} is inside the ${kind} window that ${opener} opened at ${from}, open until ${to}, and costs nothing more`,
  opensNothing: (id: string) => `${id} opens no window now`,
  otherRules: 'No event took it away: other rules apply to the tenant than when it was invoiced.',
  takenBy: (id: string, partition: number, offset: number) =>
    `The event ${id}, at offset ${offset} of partition ${partition} of the log, took it away.`,
};

export type Texts = typeof en;

const KINDS: Readonly<Record<Kind, string>> = { receptive: 'receptiva', active: 'ativa' };
const ORIGINS: Readonly<Record<string, string>> = { campaign: 'campanha' };

const pt: Texts = {
  event: (id) => `O evento ${id}`,
  contactMessage: (id) => `A mensagem ${id} do contato`,
  freeText: (id) => `O texto livre ${id}, dentro da janela de atendimento,`,
  template: (id, { name, category, origin, campaign }) =>
    `A mensagem template ${name} (${category}, origem ${ORIGINS[origin] ?? origin}${campaign === null ? '' : `, campanha ${campaign}`}) com o id ${id}`,
  opened: (what, kind, at, before) =>
    `${what} abriu esta conversa ${KINDS[kind]} em ${at}: nenhuma sessão estava aberta, pois ${before}.`,
  noneBefore: 'a conversa não tinha sessão anterior',
  closedBefore: (at) => `a sessão anterior tinha terminado em ${at}`,
  slidingEnd: (at) =>
    `Regra sliding: cada mensagem do contato dentro da sessão adiou o fim, por último para ${at}.`,
  fixedEnd: (rule, at) => `Regra ${rule}: termina em ${at}, aconteça o que acontecer dentro dela.`,
  included(count) {
    if (count === 0) return 'Não há outra mensagem dentro dela';
    return count === 1
      ? 'Mais 1 mensagem dentro dela não custa nada'
      : `Mais ${count} mensagens dentro dela não custam nada`;
  },
  failed: (count) => (count === 1 ? '1 falhou e não conta' : `${count} falharam e não contam`),
  voided: (count) => (count === 1 ? '1 evento foi anulado' : `${count} eventos foram anulados`),
  billed: (what, period, kind, { from, to }) =>
    `${what} abriu uma conversa ${KINDS[kind]}, de ${from} a ${to}, que foi faturada em ${period}.`,
  gone: (why) => `Essa sessão não existe mais: ${why}.`,
  wasVoided: (id) => `${id} foi anulado, portanto nunca aconteceu`,
  hasFailed: (id) => `${id} falhou e não foi entregue nem lido, portanto nunca aconteceu`,
  inside: (id, kind, opener, { from, to }) =>
    `${id} está dentro da conversa ${KINDS[kind]} que ${opener} abriu em ${from}, aberta até ${to}, e não custa nada a mais`,
  opensNothing: (id) => `${id} não abre nenhuma sessão agora`,
  otherRules: 'Nenhum evento a retirou: valem para o tenant outras regras do que quando foi faturada.',
  takenBy: (id, partition, offset) =>
    `O evento ${id}, no offset ${offset} da partição ${partition} do log, a retirou.`,
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en, 'pt-BR': pt };

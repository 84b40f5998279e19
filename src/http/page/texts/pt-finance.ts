/** The texts about invoices in Brazilian Portuguese. */

export const ptFinance = {
  invoices: 'Faturas',
  title: (tenant: string, month: string) => `Fatura de ${month} - ${tenant}`,
  document: { draft: 'Prévia da fatura', final: 'Fatura', void: 'Fatura anulada' },
  statuses: { draft: 'prévia', final: 'fechada', void: 'anulada' },
  columns: {
    tenant: 'Cliente',
    period: 'Período',
    number: 'Número',
    status: 'Situação',
    total: 'Total',
    issued: 'Emitida em',
    due: 'Vence em',
  },
  all: 'todas',
  none: 'Nenhuma fatura aqui',
  noneHint: 'Uma prévia aparece quando o cliente tem um plano no período.',
  sum: 'Soma',
  print: 'Imprimir',
  billTo: 'Faturar para',
  noBillTo: 'Sem dados de cobrança. Finanças os informa no cadastro do cliente.',
  reference: 'Referência',
  taxId: 'CNPJ ou CPF',
  plan: 'Plano',
  span: 'De / até',
  number: 'Número',
  issued: 'Emissão',
  due: 'Vencimento',
  voided: (when: string, reason: string) => `Anulada em ${when}: ${reason}`,
  replaces: 'Substitui a fatura',
  line: {
    ...{ what: 'Descrição', quantity: 'Quantidade', price: 'Preço unitário', amount: 'Valor' },
    more: (count: string) =>
      `e mais ${count} linhas de ajuste, que estão na lista de linhas (/v1/line-items)`,
  },
  tier: (from: string, upTo: string) => `unidades ${from} a ${upTo}`,
  tierOpen: (from: string) => `unidades a partir de ${from}`,
  difference: (computed: string, invoiced: string) => `calculado agora ${computed}, já faturado ${invoiced}`,
  total: 'Total',
  behind: (line: string) => `Conversas por trás de: ${line}`,
  draftNote: 'Uma prévia muda enquanto chegam eventos; vale o que for fechado.',
  digest: 'Digest das conversas faturadas (SHA-256)',
  change: { added: 'entrou', removed: 'saiu' },
  changeColumn: 'Mudança',
  cause: 'Causa',
  otherRules: 'outras regras',
  finalize: {
    button: 'Fechar fatura',
    title: 'Fechar esta fatura?',
    question: (tenant: string, month: string, total: string) =>
      `A fatura de ${month} de ${tenant} será fechada com o total de ${total}.`,
    lines: (n: number, shown: string) =>
      n === 1 ? '1 linha, como está na prévia.' : `${shown} linhas, como estão na prévia.`,
    after:
      'Depois disso ela recebe um número e não muda mais: eventos atrasados entram como ajuste numa fatura seguinte.',
    safe: 'Se o total mudar antes de você confirmar, nada é fechado.',
    confirm: (total: string) => `Fechar com ${total}`,
    done: (number: string, total: string) => `Fatura ${number} fechada com ${total}.`,
  },
  voiding: {
    button: 'Anular',
    title: (number: string) => `Anular a fatura ${number}?`,
    question: (total: string) =>
      `A fatura deixa de valer e ${total} deixam de ser cobrados. O número fica usado, e o período volta a ter uma prévia.`,
    reason: 'Motivo',
    confirm: 'Anular a fatura',
    done: (number: string) => `Fatura ${number} anulada.`,
  },
  manual: {
    title: 'Linha manual',
    hint: 'Um crédito (valor negativo) ou uma cobrança nesta fatura.',
    description: 'Descrição na fatura',
    amount: 'Valor, por exemplo -20,00',
    reason: 'Motivo, para a auditoria',
    button: 'Incluir linha',
    done: 'A linha está na prévia.',
    remove: 'Retirar',
  },
  run: {
    button: 'Fechar o mês',
    title: (month: string) => `Fechar ${month} para todos?`,
    question: (n: number, shown: string, total: string) =>
      n === 1
        ? `1 prévia será fechada, num total de ${total}.`
        : `${shown} prévias serão fechadas, num total de ${total}.`,
    already: (n: number, shown: string) =>
      n === 1
        ? '1 fatura já está fechada e fica como está.'
        : `${shown} faturas já estão fechadas e ficam como estão.`,
    nothing: 'Não há prévia a fechar neste mês.',
    after: 'O serviço fecha uma por uma; o que um problema impedir fica aberto, com o motivo.',
    confirm: (n: number, shown: string) => (n === 1 ? 'Fechar 1 fatura' : `Fechar ${shown} faturas`),
    runs: 'Fechamentos',
    runOf: (id: string, month: string) => `Fechamento de ${month} (nº ${id})`,
    states: { running: 'em andamento', finished: 'concluído' },
    tenantStates: { waiting: 'aguardando', final: 'fechada', open: 'aberta', nothing: 'nada a fechar' },
    counts: { final: 'Fechadas', open: 'Abertas' },
    progress: (done: string, all: string) => `${done} de ${all}`,
    started: 'Início',
    lost: 'Sem resposta do serviço; tentando de novo.',
  },
};

export type FinanceTexts = typeof ptFinance;

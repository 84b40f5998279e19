/** The texts about events and the people behind them, in Brazilian Portuguese. */

export const ptEvents = {
  title: 'Eventos',
  intro:
    'O meu evento contou? Busque pelo contato ou pelo identificador, ou veja o que não encontrou a sua mensagem.',
  state: 'Situação',
  states: {
    effective: 'vale',
    failed: 'falhou',
    voided: 'anulado',
    conflict: 'em conflito',
    unmatched: 'sem par',
  },
  means: {
    effective: 'conta como foi enviado',
    failed: 'a entrega falhou: não conta',
    voided: 'foi anulado: não conta',
    conflict: 'o mesmo identificador veio com outro conteúdo; vale o primeiro',
    unmatched: 'um recibo ou uma anulação que não encontra a sua mensagem',
  },
  happened: 'Aconteceu',
  arrived: (when: string) => `chegou ${when}`,
  what: 'O quê',
  id: 'Identificador',
  none: 'Nenhum evento com estes filtros',
  noneHint: 'Tire um filtro, ou confira o identificador.',
  goOn: 'Nesta página nenhum: há mais na próxima.',
};

export type EventTexts = typeof ptEvents;

export const ptPrivacy = {
  title: 'Dados desta pessoa',
  hint: 'O que a LGPD (art. 18) dá a quem pede: uma cópia de tudo, ou que seja apagado.',
  download: 'Baixar tudo (JSON)',
  erase: 'Apagar a pessoa',
  list: 'Pessoas apagadas',
  question: (contact: string) => `Apagar ${contact}?`,
  what: (n: number, shown: string) =>
    `A chave que lacra tudo sobre esta pessoa é destruída: contato e identificadores de ${n === 1 ? '1 conversa' : `${shown} conversas`} deixam de poder ser lidos, por quem quer que seja.`,
  stays: 'As conversas continuam contadas: franquia, faturas e totais ficam como estão, ao centavo.',
  irreversible: 'Não há volta. Se a pessoa escrever de novo, a mesma conversa segue com uma chave nova.',
  reason: 'Motivo, para o registro',
  confirm: 'Apagar para sempre',
  of: (id: string) => `Apagamento ${id}`,
  asked: 'Pedido em',
  doneAt: 'Terminado em',
  keys: 'Chaves destruídas',
  states: { running: 'em andamento', done: 'apagada' },
  running: 'Os processos estão largando a chave; leva uns 20 segundos.',
  done: 'Ninguém mais consegue abrir o que se sabia desta pessoa.',
  none: 'Ninguém foi apagado',
  noneHint: 'Uma pessoa se apaga na consulta do contato.',
};

export type PrivacyTexts = typeof ptPrivacy;

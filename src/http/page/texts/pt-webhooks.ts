/** The texts about webhooks in Brazilian Portuguese. */

export const ptWebhooks = {
  one: 'Webhook',
  url: 'Endereço',
  types: 'Avisos',
  typesHint: 'Avisos (nenhum marcado: todos)',
  everything: 'todos',
  description: 'Descrição',
  none: 'Nenhum webhook',
  noneHint: 'Um webhook avisa o seu sistema do que acontece: uma fatura fechada, uma franquia atingida.',
  create: 'Novo webhook',
  make: 'Criar o webhook',
  secret: 'O segredo que assina as requisições aparece só desta vez:',
  enabled: 'ligado',
  disabled: 'desligado',
  failing: (when: string) => `falha desde ${when}`,
  because: {
    gone: 'o endereço respondeu 410',
    'retries-exhausted': 'todas as tentativas de uma entrega falharam',
    'no-success': 'nada deu certo em 5 dias',
  },
  enable: 'Ligar',
  disable: 'Desligar',
  test: 'Enviar um teste',
  rotate: 'Trocar o segredo',
  deliveries: 'Entregas dos últimos 30 dias',
  noDeliveries: 'Nenhuma entrega ainda',
  noDeliveriesHint: 'Envie um teste para ver o que o endereço responde.',
  at: 'Quando',
  attempts: 'Tentativas',
  answer: 'Resposta',
  retry: 'Reenviar',
  next: (when: string) => `próxima tentativa ${when}`,
  states: { waiting: 'na fila', delivered: 'entregue', failed: 'desistiu' },
  replay: 'Enviar tudo de novo',
  replayHint:
    'Desde um instante, com os mesmos identificadores; também o que não foi avisado enquanto estava desligado.',
  since: 'Desde',
  done: {
    test: 'O teste está na fila: a lista diz o que o endereço respondeu.',
    retry: 'A entrega está na fila de novo.',
    replay: 'Os avisos desde aquele instante estão na fila de novo.',
  },
  deleteQuestion: 'Apagar este webhook?',
  deleteWhat: (url: string) => `${url} não é mais avisado de nada, e as entregas dele somem da lista.`,
};

export type WebhookTexts = typeof ptWebhooks;

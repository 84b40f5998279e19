/** The pages about problems in Brazilian Portuguese; the compiler names a problem that has none. */
import type { WarningName } from '../../intake/warnings.ts';
import type { ProblemName, ProblemText } from './problem-types.ts';

export const PORTUGUESE: Readonly<Record<ProblemName | WarningName, ProblemText>> = {
  // The request itself
  'invalid-request': {
    title: 'A requisição não é válida',
    explanation:
      'Um segmento do caminho, um parâmetro da consulta, um cabeçalho ou o corpo não tem a forma que a descrição da API pede. `errors` diz cada lugar. Membros e parâmetros desconhecidos são recusados, para que um nome escrito errado apareça. Corrija a requisição; enviada de novo como está, a resposta será a mesma.',
  },
  'not-json': {
    title: 'O corpo não é JSON',
    explanation:
      'O corpo não pôde ser lido como JSON em UTF-8: está vazio, cortado, não é UTF-8, começa com uma marca de ordem de bytes, não é o gzip que diz ser ou não é JSON. Nada dele foi aceito.',
  },
  'invalid-cursor': {
    title: 'O cursor não é válido',
    explanation:
      '`cursor` não é um `nextCursor` que esta lista tenha dado. Use o da resposta como está, ou omita-o para começar do início.',
  },
  'invalid-receipt': {
    title: 'O recibo não é válido',
    explanation:
      '`after` não é um recibo deste serviço. Use o membro `receipt` de uma resposta a POST /v1/events como está.',
  },
  unauthorized: {
    title: 'É preciso uma chave de API válida',
    explanation:
      'A requisição não tem chave, ou tem uma desconhecida ou revogada. Envie `Authorization: Bearer <chave>`. Chaves são criadas com POST /v1/ops/keys ou `janela key create`.',
  },
  'bad-signature': {
    title: 'A assinatura não é a do corpo',
    explanation:
      '`X-Hub-Signature-256` falta, ou não é `sha256=` e o HMAC-SHA256 do corpo como chegou, em hexadecimal, sob o `appSecret` da conexão. Se foi a Meta que enviou, a conexão tem o segredo de outro app, ou um antigo: grave o certo com PUT /v1/connections/{connection}. Nada foi aceito; a Meta envia de novo.',
  },
  'wrong-verify-token': {
    title: 'O token de verificação não é o da conexão',
    explanation:
      '`hub.verify_token` não é o `verifyToken` com que a conexão foi criada. Use o mesmo nos dois lugares: nas configurações do webhook na Meta e em PUT /v1/connections/{connection}.',
  },
  'forbidden-scope': {
    title: 'Falta um escopo à chave',
    explanation:
      'A chave é conhecida, mas não pode fazer isto. `detail` diz que escopo falta. Use uma chave que o tenha, ou fale com quem administra as chaves.',
  },
  'forbidden-tenant': {
    title: 'A chave não pode tocar este tenant',
    explanation: 'A chave é limitada a certos tenants e este não é um deles.',
  },
  'from-elsewhere': {
    title: 'A alteração foi pedida por outro site',
    explanation:
      'O navegador disse que o formulário foi enviado de uma página de outro site, por isso nada foi feito: outro site não pode agir por quem entrou aqui. Abra a página de novo e envie o formulário dela. Um proxy na frente do serviço precisa repassar o cabeçalho Host como o navegador o enviou.',
  },
  'not-found': {
    title: 'Não encontrado',
    explanation:
      'Não há nada neste endereço: o caminho é desconhecido, ou o que ele nomeia não existe. A descrição da API está em /docs.',
  },
  'method-not-allowed': {
    title: 'O método não é permitido aqui',
    explanation: 'O endereço existe, mas não com este método. O cabeçalho `Allow` lista os que ele tem.',
  },
  'request-timeout': {
    title: 'A requisição demorou demais a chegar',
    explanation: 'A requisição inteira deve chegar em 30 segundos, e os cabeçalhos em 10.',
  },
  'body-too-large': {
    title: 'O corpo é grande demais',
    explanation:
      'Um corpo pode ter no máximo 1 MiB, também depois de descompactado. Divida-o; nada dele foi aceito.',
  },
  'too-many-events': {
    title: 'Eventos demais em uma requisição',
    explanation:
      'Uma requisição leva de 1 a 1000 eventos. Divida a lista; nada dela foi aceito. Lotes de cerca de 500 são os mais rápidos.',
  },
  'uri-too-long': {
    title: 'O endereço é longo demais',
    explanation: 'Um segmento do caminho é mais longo do que qualquer nome que este serviço tenha dado.',
  },
  'unsupported-media-type': {
    title: 'O tipo do corpo não é aceito',
    explanation:
      'Corpos são `Content-Type: application/json`, como estão ou com `Content-Encoding: gzip`. `detail` diz o que veio.',
  },
  'expectation-failed': {
    title: 'A expectativa não pode ser atendida',
    explanation: 'O único cabeçalho `Expect` que este serviço conhece é `100-continue`.',
  },
  'too-many-requests': {
    title: 'Requisições demais',
    explanation:
      'A chave, ou o inquilino, pede ao mesmo tempo ou em pouco tempo mais do que a sua parte, que deixa lugar para os outros. Peça de novo após o `Retry-After` e espere as respostas antes de pedir mais.',
  },
  'headers-too-large': {
    title: 'Os cabeçalhos são grandes demais',
    explanation: 'Os cabeçalhos de uma requisição podem ter 16 KiB ao todo.',
  },

  // Events
  'invalid-event': {
    title: 'O evento não é válido',
    explanation:
      'Um evento foi rejeitado; não está no log e não será contado. `pointer` (um JSON pointer no corpo) diz o lugar e `detail` o que está errado; `errors` tem tudo o que está errado com o evento, no máximo 10 lugares. Os outros eventos da mesma requisição não são afetados. Uma correção é uma nova requisição; o mesmo evento dá a mesma resposta.',
  },
  'occurred-in-future': {
    title: 'O evento está no futuro',
    explanation:
      '`occurredAt` está mais de 5 minutos à frente deste serviço. Verifique o relógio e o fuso de quem envia; esta é a única rejeição que vale a pena tentar de novo mais tarde.',
  },
  'event-too-large': {
    title: 'O evento não cabe no log',
    explanation:
      'Como registro do log o evento é maior do que o log aceita; não está no log e não será contado. Os outros eventos da mesma requisição não são afetados. Deixe de fora o que é grande, em geral `metadata`, ou peça a quem opera este serviço que aumente `max.message.bytes` do tópico.',
  },

  // Warnings
  'unlikely-instant': {
    title: 'O evento é muito antigo',
    explanation:
      '`occurredAt` é de mais de 400 dias atrás. O evento foi aceito e conta no período do seu próprio instante. Se não é uma importação de eventos antigos, veja como o instante é feito: segundos lidos como milissegundos caem em janeiro de 1970.',
  },
  'unlikely-contact': {
    title: 'O contato não é um número de telefone',
    explanation:
      'No `whatsapp` um contato é um número de 8 a 15 dígitos, com o código do país. O evento foi aceito, e quem ele nomeia é um contato à parte. Se é o id de usuário de alguém cujo número se conhece, diga isso com um vínculo de contato: `PUT /v1/tenants/{tenant}/contact-links/whatsapp/{alias}`; ele vale para os eventos que vierem depois.',
  },
  'unknown-channel': {
    title: 'O canal não é um dos usuais',
    explanation:
      'O evento foi aceito, e o canal tem janelas próprias. Se o nome está escrito errado, suas conversas são contadas à parte das do canal certo: corrija o remetente.',
  },
  'template-elsewhere': {
    title: 'O canal não tem templates',
    explanation:
      'Mensagens template só existem no `whatsapp`. O evento foi aceito, e o template abre uma janela ativa, que tem preço. Se era texto livre, anule o evento e envie-o sem `template`.',
  },
  'unregistered-tenant': {
    title: 'Ninguém registrou o tenant',
    explanation:
      'O evento foi aceito e é medido com o fuso e as regras padrão. Se o tenant é novo, registre-o com `PUT /v1/tenants/{tenant}`; o aviso some em até 5 segundos. Se o nome está escrito errado, os eventos são contados em outro lugar: anule-os e corrija o remetente.',
  },

  // Contact links
  'alias-linked': {
    title: 'O alias está vinculado a outra pessoa',
    explanation:
      'Os eventos deste alias são contados para outro contato. Se esse vínculo está errado, apague-o antes: `DELETE` no mesmo endereço. O que já está no log fica onde está.',
  },
  'link-chain': {
    title: 'Um vínculo não pode levar a outro vínculo',
    explanation:
      'O contato é ele mesmo um alias de alguém, ou o alias tem outros aliases. Vincule cada alias ao contato para o qual os eventos devem contar; `detail` diz o que está no caminho.',
  },
  'unsealed-records': {
    title: 'Registros anteriores ao lacre identificam esta pessoa',
    explanation:
      'O log tem eventos deste contato de antes de os dados pessoais serem lacrados (formato 1 do registro). Um log nunca é reescrito: eles continuam legíveis, e nada foi apagado. Os eventos posteriores estão lacrados. O que existe sobre esta pessoa está em `GET /v1/tenants/{tenant}/contacts/{channel}/{contact}/data`.',
  },

  // Tenants and finance
  'rule-in-the-past': {
    title: 'Uma regra não muda o passado',
    explanation:
      'O tenant já tem eventos, portanto uma regra deve começar pelo menos 15 minutos à frente, e o que já vale deve ficar como está. O passado só é julgado de novo por uma reconstrução que alguém promova.',
  },
  'period-final': {
    title: 'O período está fechado',
    explanation:
      'A mudança toca um período cuja fatura é final, ou as condições com que uma fatura vigente foi feita. Faturas finais nunca mudam: anule a fatura primeiro, ou faça a mudança a partir de um período posterior.',
  },
  'period-open': {
    title: 'O período ainda não pode ser fechado',
    explanation:
      'Um período pode ser fechado quando terminou há mais tempo que a carência (GRACE_HOURS). `detail` diz a partir de quando.',
  },
  'projection-behind': {
    title: 'Nem tudo foi contado ainda',
    explanation:
      'O log tem eventos que ainda não foram contados. Uma fatura sem eles estaria errada, e também uma regra para o passado de um tenant a que eles podem pertencer. Tente de novo daqui a pouco.',
  },
  'test-tenant': {
    title: 'Um tenant de teste nunca é faturado',
    explanation: 'O tenant está marcado como `test`: suas janelas são medidas, mas ele não tem fatura final.',
  },
  'currency-mismatch': {
    title: 'As moedas diferem',
    explanation: 'Todas as versões de um plano, e todos os planos de um tenant, têm a mesma moeda.',
  },
  'manual-lines': {
    title: 'Linhas manuais ficariam sem plano',
    explanation:
      'Há créditos ou cobranças em períodos que ficariam sem plano, e portanto sem fatura em que constar. `detail` diz os períodos. Apague as linhas (DELETE), mantenha um plano nesses períodos, ou feche-os primeiro e termine a assinatura depois deles.',
  },
  'too-many-manual-lines': {
    title: 'A fatura já tem todas as linhas manuais que pode ter',
    explanation:
      'Uma fatura é respondida com todas as suas linhas; por isso nela cabem no máximo 1.000 linhas manuais. Junte em uma só linha o que vai junto, deixe os itens em `reason` ou nos seus livros, ou apague linhas.',
  },
  'already-adjusted': {
    title: 'Uma fatura posterior ajusta esta',
    explanation:
      'Uma fatura vigente tem uma linha que ajusta este período. `detail` diz qual. Anule-a primeiro.',
  },
  'credit-used': {
    title: 'O crédito desta fatura foi usado',
    explanation:
      'A fatura levou um crédito adiante, e uma fatura vigente usou parte dele. `detail` diz qual. Anule aquela primeiro, depois esta; fechadas de novo, em qualquer ordem, elas usam o que então houver.',
  },
  changed: {
    title: 'A fatura não é a que foi revisada',
    explanation:
      'O pedido trazia o total ou o digest que foi revisado, e a fatura agora tem outro: eventos, linhas, o plano ou uma assinatura chegaram nesse meio-tempo. `detail` diz qual é agora. Nada foi fechado. Olhe o rascunho de novo e envie o que ele diz.',
  },
  'clock-behind': {
    title: 'Este relógio está atrás da última mudança de uma fatura',
    explanation:
      'Uma fatura foi fechada ou anulada em um instante mais de 5 minutos à frente do relógio deste processo. Um dos dois relógios está errado, e uma fatura feita agora poderia receber um número do ano errado: compare os relógios das máquinas e acerte o errado. Se a mudança anterior foi feita com um relógio adiantado, o que ela escreveu fica, e fechar e anular voltam a funcionar quando o instante dela (`detail`) tiver passado.',
  },
  conflict: {
    title: 'Já existe outra coisa aqui',
    explanation:
      'O que se quer escrever difere do que já está sob o mesmo nome, ou aquilo de que depende está sendo mudado ao mesmo tempo. `detail` diz o quê. Nada foi escrito.',
  },
  'no-subscription': {
    title: 'Nenhum plano vale neste período',
    explanation:
      'O tenant não tem assinatura neste período (404 ao ler, 409 ao fechar). Crie com PUT uma assinatura que o cubra.',
  },
  'plan-too-large': {
    title: 'As versões do plano são grandes demais',
    explanation:
      'Um plano é respondido com todas as suas versões; juntas elas podem ter 2.000.000 de caracteres em JSON. Comece outro plano para o que vem, ou dê preço próprio a menos categorias.',
  },
  'too-many-groups': {
    title: 'Grupos demais em uma resposta',
    explanation:
      'Uma resposta tem no máximo 20.000 grupos, de todos os seus tenants. Agrupe por menos membros, peça menos tenants com `limit`, ou leia as janelas como CSV e agrupe-as onde for preciso.',
  },
  'subscription-overlap': {
    title: 'As assinaturas se sobrepõem',
    explanation: 'Outra assinatura do tenant cobre alguns destes períodos. Termine-a primeiro.',
  },
  'no-plan-version': {
    title: 'O plano ainda não tem versão nesse período',
    explanation:
      'A assinatura começaria antes da primeira versão do plano. Crie com PUT uma versão do plano a partir desse período ou de um anterior, ou comece a assinatura mais tarde.',
  },
  'needs-confirmation': {
    title: 'Isto alcança muito longe no passado e precisa ser confirmado',
    explanation:
      'A assinatura começaria há mais de 36 meses, o que costuma ser um engano: `detail` diz quantos rascunhos ela criaria. Se é isso mesmo, envie o mesmo com `"confirm": true`.',
  },
  'invoice-run-running': {
    title: 'Um fechamento de faturas está em andamento',
    explanation:
      'Só pode haver um fechamento de faturas por vez. `GET /v1/invoice-runs` mostra até onde ele chegou; comece o próximo quando terminar, ou cancele este. Faturas individuais podem ser finalizadas enquanto isso.',
  },
  'invoice-run-finished': {
    title: 'O fechamento de faturas terminou',
    explanation:
      'Não há mais nada a cancelar: `GET /v1/invoice-runs/{id}` diz o que houve com cada empresa. Uma fatura que não deveria existir é anulada pelo número.',
  },

  // Notifications
  'webhook-disabled': {
    title: 'O webhook está desativado',
    explanation:
      'Nada lhe é enviado. `disabledBecause` diz por que o serviço o desativou, se foi ele. Corrija o outro lado e ative com PATCH /v1/webhooks/{id} `{ "enabled": true }`: o que esperava segue, e POST .../replay traz o que faltou.',
  },
  'too-many-webhooks': {
    title: 'Já há tantos webhooks quantos pode haver',
    explanation:
      'Cada webhook é avisado sem esperar pelos outros, o que limita quantos pode haver. Exclua um de que ninguém mais precise, ou deixe um receber os tipos e as empresas de vários.',
  },

  // Operations
  'rebuild-running': {
    title: 'Uma reconstrução está em andamento',
    explanation: 'Só pode haver uma reconstrução por vez. Espere por ela, promova-a ou descarte-a.',
  },
  'rebuild-state': {
    title: 'A reconstrução não está no estado certo',
    explanation: '`detail` diz em que estado a reconstrução está e qual é preciso.',
  },
  'rebuild-differs': {
    title: 'A reconstrução difere da projeção em uso',
    explanation:
      'Promovê-la mudaria números. Leia `differences` da reconstrução; para promovê-la mesmo assim, envie `{ "accept": true, "reason": "..." }`.',
  },
  'rebuild-changes-rules': {
    title: 'Promover esta reconstrução muda regras de tenants',
    explanation:
      'A reconstrução é uma simulação: julgou tenants por regras que não são as deles. Promovê-la dá a eles essas regras, também para o passado; faturas finais ficam, e o que difere vira ajuste. Se é isso que se quer, envie `{ "accept": true, "reason": "...", "changeRules": true }` com uma chave que tenha o escopo `billing:write`; senão, descarte-a.',
  },

  // The service
  'internal-error': {
    title: 'Algo deu errado aqui',
    explanation:
      'Uma falha do serviço, anotada no log dele sob o id da requisição. Quanto a eventos nada está prometido: envie os mesmos de novo, uma duplicata não faz mal.',
  },
  'unknown-transfer-coding': {
    title: 'A codificação de transferência não é conhecida',
    explanation:
      'O único `Transfer-Encoding` que este serviço conhece é `chunked`. Para enviar um corpo comprimido, diga-o com `Content-Encoding: gzip`.',
  },
  'log-unavailable': {
    title: 'O log de eventos está fora de alcance',
    explanation:
      'O log não confirmou os eventos a tempo. Nada na resposta está prometido: envie os mesmos eventos de novo após `Retry-After` segundos. Os que afinal foram guardados são reconhecidos como duplicatas. A resposta é a mesma enquanto o log não for o que foi contado antes: `/readyz` o diz, e uma pessoa precisa trazer o certo de volta.',
  },
  'intake-full': {
    title: 'Eventos demais estão esperando',
    explanation:
      'Os eventos chegam mais rápido do que o log os aceita. Nada na resposta está prometido: envie os mesmos eventos de novo após `Retry-After` segundos.',
  },
  'database-unavailable': {
    title: 'O banco de dados está fora de alcance',
    explanation:
      'O banco de dados não responde, ou está ocupado demais. Tente de novo após `Retry-After` segundos; mudanças foram feitas por inteiro ou não foram feitas.',
  },
  'not-ready': {
    title: 'O serviço não está pronto',
    explanation: '`checks` diz que parte não está em ordem e por quê.',
  },
  'shutting-down': {
    title: 'O serviço está parando',
    explanation:
      'Esta instância está para parar e não aceita novas requisições. Tente de novo após `Retry-After` segundos.',
  },
  'not-yet-counted': {
    title: 'Os eventos do recibo ainda não foram contados',
    explanation:
      'A projeção não chegou ao recibo em 10 segundos. Os eventos estão seguros no log; pergunte de novo mais tarde, ou sem `after` para os números como estão.',
  },
};

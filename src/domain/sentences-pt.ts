/** The sentences that refuse, in English and in Brazilian Portuguese; what stands in `{}` and `<>` is the same in both. */
export const PORTUGUESE = {
  // What is asked for, and its form
  '{place}: <detail>': '{place}: <detail>',
  'The body <detail>.': 'O corpo <detail>.',
  'The body <flaw>': 'O corpo <flaw>',
  'is empty.': 'está vazio.',
  'is not JSON: {message}': 'não é JSON: {message}',
  'is not UTF-8.': 'não é UTF-8.',
  'begins with the byte order mark of UTF-16. Send UTF-8, without a byte order mark.':
    'começa com a marca de ordem de bytes do UTF-16. Envie UTF-8, sem marca de ordem de bytes.',
  'begins with a byte order mark (U+FEFF). Send UTF-8 without one.':
    'começa com uma marca de ordem de bytes (U+FEFF). Envie UTF-8 sem ela.',
  'The Host header is missing.': 'Falta o cabeçalho Host.',
  'There are two Host headers.': 'Há dois cabeçalhos Host.',
  'Transfer-Encoding is {coding}.': 'Transfer-Encoding é {coding}.',
  'The address contains NUL.': 'O endereço contém NUL.',
  'The address has a percent escape that is not UTF-8.':
    'O endereço tem uma sequência de escape que não é UTF-8.',
  'The body did not arrive as a whole.': 'O corpo não chegou inteiro.',
  'The body is empty.': 'O corpo está vazio.',
  'The body is not the gzip that Content-Encoding says it is: {message}.':
    'O corpo não é o gzip que Content-Encoding diz: {message}.',
  'Content-Encoding is {coding}. Send the body with gzip, or without a coding.':
    'Content-Encoding é {coding}. Envie o corpo com gzip, ou sem codificação.',
  '<found> Send it with Content-Type: application/json.':
    '<found> Envie-o com Content-Type: application/json.',
  'The body has no Content-Type.': 'O corpo não tem Content-Type.',
  'The body is {type}.': 'O corpo é {type}.',
  'There is nothing at this address.': 'Não há nada neste endereço.',
  '{method} is not one of {allow}.': '{method} não é um de {allow}.',
  'What arrived is not an HTTP request.': 'O que chegou não é uma requisição HTTP.',
  'There is no problem of this name.': 'Não há problema com este nome.',
  // What is wrong with a value: it follows its name
  'must match {pattern}': 'deve ter a forma {pattern}',
  'must be named like {pattern}': 'deve ter um nome da forma {pattern}',
  'must have {min} to {max} characters': 'deve ter de {min} a {max} caracteres',
  'must not contain lone surrogates': 'não pode conter surrogates isolados',
  'must not contain control characters': 'não pode conter caracteres de controle',
  'must be a month like 2026-11, from 0001-01 to 9999-11':
    'deve ser um mês como 2026-11, de 0001-01 a 9999-11',
  'must be a day like 2026-11-03': 'deve ser um dia como 2026-11-03',
  'must be an RFC 3339 date-time with an offset, from 0001-01-02 to 9999-12-31 in UTC':
    'deve ser data e hora da RFC 3339 com fuso, de 0001-01-02 a 9999-12-31 em UTC',
  'must be null in the first entry and ascend from there':
    'deve ser null na primeira entrada e crescer a partir daí',
  'must be true': 'deve ser true',
  'must be true or false': 'deve ser true ou false',
  'must be a whole number from 1 to {most}': 'deve ser um número inteiro de 1 a {most}',
  'must be a comma list of {names}, each at most once':
    'deve ser uma lista com vírgulas de {names}, cada um no máximo uma vez',
  'must not be after {last}': 'não pode ser depois de {last}',
  'must be at most {most} periods before {last}': 'deve ser no máximo {most} períodos antes de {last}',
  'must have each threshold once': 'deve ter cada limiar uma só vez',
  'must be the name of an IANA time zone': 'deve ser o nome de um fuso horário da IANA',
  'must be an address of mail': 'deve ser um endereço de e-mail',
  'must be the id of a delivery': 'deve ser o id de uma entrega',
  'must be the id of a window': 'deve ser o id de uma janela',
  'must be an https address': 'deve ser um endereço https',
  'must hold no user and password: anybody who may see the webhook would see them':
    'não pode conter usuário e senha: quem pode ver o webhook os veria',
  'must not be loopback, private or reserved': 'não pode ser um endereço local, privado ou reservado',
  'must be a SHA-256 in lower-case hex': 'deve ser um SHA-256 em hexadecimal minúsculo',
  'must be an object of at most 4096 bytes as compact JSON':
    'deve ser um objeto de no máximo 4096 bytes como JSON compacto',
  'must have at most {most} bytes as compact JSON, with what is there already':
    'deve ter no máximo {most} bytes como JSON compacto, com o que já está lá',
  'must be an array: the content type says a batch': 'deve ser uma lista: o tipo de conteúdo diz um lote',
  'must be "1.0"': 'deve ser "1.0"',
  'is not percent-encoded UTF-8': 'não é UTF-8 com escapes de percentagem',
  'is empty after normalising': 'fica vazio depois de normalizado',
  'is empty once it is reduced to what identifies it': 'fica vazio quando reduzido ao que o identifica',
  '<fault>; a + in an address is read as a space: write it as %2B':
    '<fault>; um + em um endereço é lido como espaço: escreva-o como %2B',
  'is unknown here': 'é desconhecido aqui',
  'is unknown here; did you mean {meant}?': 'é desconhecido aqui; seria {meant}?',
  'is unknown here; known are {known}': 'é desconhecido aqui; conhecidos são {known}',
  'is unknown here; did you mean {meant}?; known are {known}':
    'é desconhecido aqui; seria {meant}?; conhecidos são {known}',
  'must lie in the future': 'deve estar no futuro',
  'must not be later than the end of the key that asks, {end}':
    'não pode ser depois do fim da chave que pede, {end}',
  'is needed to accept': 'é preciso para aceitar',
  'must name at most {most} tenants: `all` is for the others':
    'deve nomear no máximo {most} tenants: `all` é para os outros',
  'is not a name that a tenant can have': 'não é um nome que um tenant possa ter',
  'must name a tenant': 'deve nomear um tenant',
  'is for a what-if: give `rules` or `all` with it': 'é para uma simulação: dê também `rules` ou `all`',
  'is no registered tenant; for every tenant give the member `all` beside `rules`':
    'não é um tenant cadastrado; para todos os tenants dê o membro `all` ao lado de `rules`',
  // Money, plans and subscriptions
  'must be a decimal in a string, like "0.30"': 'deve ser um decimal em texto, como "0.30"',
  'must be a plain decimal, like "0.30"': 'deve ser um decimal simples, como "0.30"',
  'must not start with a zero': 'não pode começar com zero',
  'must have at most {most} digits before the point': 'deve ter no máximo {most} dígitos antes do ponto',
  'must have at most {most} decimals': 'deve ter no máximo {most} casas decimais',
  'must be whole in this currency': 'deve ser inteiro nesta moeda',
  'must be an ISO 4217 code, like BRL': 'deve ser um código ISO 4217, como BRL',
  'must not be negative': 'não pode ser negativo',
  'must be a whole number, 0 or more': 'deve ser um número inteiro, 0 ou mais',
  'must be a whole number, 0 or more, or null': 'deve ser um número inteiro, 0 ou mais, ou null',
  'must be a whole number above {below}': 'deve ser um número inteiro acima de {below}',
  'must be above 0 and at most 100': 'deve ser maior que 0 e no máximo 100',
  'must have at least one tier': 'deve ter ao menos uma faixa',
  'must be a number: only the last tier is open': 'deve ser um número: só a última faixa é aberta',
  'must be null: the last tier is open': 'deve ser null: a última faixa é aberta',
  'must have at most {most} members': 'deve ter no máximo {most} membros',
  'is the category {category} again': 'é a categoria {category} outra vez',
  'must be later than the start of the subscription': 'deve ser depois do início da assinatura',
  'There is no plan {plan}.': 'Não há plano {plan}.',
  'The plan {plan} has no version from {from}.': 'O plano {plan} não tem versão a partir de {from}.',
  'The plan {plan} is in {currency}, not {other}.': 'O plano {plan} é em {currency}, não em {other}.',
  'With this version those of {plan} would have more than {most} characters as JSON.':
    'Com esta versão as de {plan} teriam mais de {most} caracteres como JSON.',
  'The terms of {plan} in {period} stand on invoice {number} of {tenant}. PUT a version from {next} on, or void the invoices from {from} on first.':
    'As condições de {plan} em {period} estão na fatura {number} de {tenant}. Crie uma versão a partir de {next}, ou anule antes as faturas a partir de {from}.',
  'The subscription of {tenant} from {from} would be left without a version of {plan}.':
    'A assinatura de {tenant} a partir de {from} ficaria sem versão de {plan}.',
  'The first version of {plan} starts in {first}, after {from}.':
    'A primeira versão de {plan} começa em {first}, depois de {from}.',
  '{tenant} pays in {currency}, the plan {plan} is in {other}.':
    '{tenant} paga em {currency}, o plano {plan} é em {other}.',
  'It would begin {months} months ago and make {drafts} drafts, from {from} to {last}.':
    'Ela começaria há {months} meses e criaria {drafts} prévias, de {from} a {last}.',
  'No subscription of {tenant} starts in {from}.': 'Nenhuma assinatura de {tenant} começa em {from}.',
  '{a} and {b} overlap.': '{a} e {b} se sobrepõem.',
  'The plan of {periods} and its prices cannot change: invoiced already.':
    'O plano de {periods} e seus preços não podem mudar: já faturado.',
  'Manual lines of {periods} would be left without a plan to be invoiced with.':
    'Linhas manuais de {periods} ficariam sem plano com que ser faturadas.',
  // Tenants, rules and contacts
  'Nobody has registered this tenant.': 'Ninguém cadastrou este tenant.',
  'Changes may apply from {instant}, 15 minutes from now; entries from before must stay as they are.':
    'Mudanças podem valer a partir de {instant}, daqui a 15 minutos; o que vale de antes deve ficar como está.',
  'Rules for the past need a tenant without events, and not all events of the log are counted yet.':
    'Regras para o passado precisam de um tenant sem eventos, e nem todos os eventos do log foram contados ainda.',
  '{tenant} cannot become a test tenant while it has final invoices ({periods}): void them first.':
    '{tenant} não pode virar tenant de teste enquanto tem faturas fechadas ({periods}): anule-as antes.',
  'The time zone of {period} cannot change: its invoice is final.':
    'O fuso horário de {period} não pode mudar: a fatura está fechada.',
  'The tenant has no window of this id.': 'O tenant não tem janela com este id.',
  'The tenant has no such erasure.': 'O tenant não tem este apagamento.',
  'The log has records of this contact from before personal data was sealed. Nothing was erased.':
    'O log tem registros deste contato de antes de os dados pessoais serem lacrados. Nada foi apagado.',
  'The alias is empty once it is reduced to what identifies it.':
    'O alias fica vazio quando reduzido ao que o identifica.',
  'The alias is linked to nobody.': 'O alias não está vinculado a ninguém.',
  'is the alias itself': 'é o próprio alias',
  '{alias} is linked to somebody else: delete that link first, if it was wrong.':
    '{alias} está vinculado a outra pessoa: apague antes esse vínculo, se estava errado.',
  '{contact} is an alias itself: link to the contact that it stands for.':
    '{contact} é ele mesmo um alias: vincule ao contato que ele representa.',
  '{alias} has aliases itself, {other} among them: link these to the contact first.':
    '{alias} tem ele mesmo aliases, entre eles {other}: vincule antes estes ao contato.',
  'There is no such connection.': 'Não há esta conexão.',
  // Invoices
  'There is no invoice {number}.': 'Não há fatura {number}.',
  'The invoice of {period} is final.': 'A fatura de {period} está fechada.',
  'The invoice of {period} is final: void it first, or put a line of the opposite amount on a later one.':
    'A fatura de {period} está fechada: anule-a antes, ou ponha uma linha do valor oposto em uma posterior.',
  'The invoice of {period} has no line {lineId}.': 'A fatura de {period} não tem a linha {lineId}.',
  '{tenant} has no plan in {period}.': '{tenant} não tem plano em {period}.',
  '{tenant} has no plan in {period}, and nothing to adjust.':
    '{tenant} não tem plano em {period}, nem nada a ajustar.',
  '{tenant} has no manual line {id}.': '{tenant} não tem a linha manual {id}.',
  '{most} manual lines of {tenant} stand on {period} already.':
    'Já há {most} linhas manuais de {tenant} em {period}.',
  'The manual line {id} of {tenant} is {amount} in {period} ({description}): delete it first, or choose another id.':
    'A linha manual {id} de {tenant} é de {amount} em {period} ({description}): apague-a antes, ou escolha outro id.',
  '{tenant} is a test tenant.': '{tenant} é um tenant de teste.',
  '{events} events of the log are not counted yet.': '{events} eventos do log ainda não foram contados.',
  'Invoice {invoice} has a line that adjusts {period}.':
    'A fatura {invoice} tem uma linha que ajusta {period}.',
  'Invoice {invoice} took back credit that {number} carried.':
    'A fatura {invoice} usou crédito que a {number} levou adiante.',
  'An invoice was changed last at {last}, and here it is {now}.':
    'A última mudança de uma fatura foi em {last}, e aqui são {now}.',
  'The total is {currency} {total}, not {expected}.': 'O total é {currency} {total}, não {expected}.',
  'The digest of its windows is {actual}, not {expected}.':
    'O digest de suas janelas é {actual}, não {expected}.',
  'The plan or the time zone of {tenant} keeps changing.':
    'O plano ou o fuso horário de {tenant} não para de mudar.',
  '{period} can be finalized from {instant} on.': '{period} pode ser fechado a partir de {instant}.',
  'Drafts are made anew for every answer: they have no instant of change.':
    'Prévias são feitas de novo a cada resposta: não têm instante de mudança.',
  'There is no invoice run of this id.': 'Não há fechamento em lote com este id.',
  'There can be one invoice run at a time, and one is under way.':
    'Só pode haver um fechamento em lote por vez, e um está em andamento.',
  'Invoice run {id} is finished: there is nothing left to cancel.':
    'O fechamento em lote {id} terminou: não há mais o que cancelar.',
  // Keys and who may what
  'The key {id} was made by this request before, and its secret was shown then.':
    'A chave {id} já foi criada por este pedido, e o segredo foi mostrado naquele momento.',
  'The webhook {id} was made by this request before, and its secret was shown then.':
    'O webhook {id} já foi criado por este pedido, e o segredo foi mostrado naquele momento.',
  'This form was sent before: what it asks for was done then, and is not done again. Open its page anew to send another one.':
    'Este formulário já foi enviado: o que ele pede foi feito naquele momento e não será feito de novo. Abra a página dele outra vez para enviar outro.',
  'There is no key of this id.': 'Não há chave com este id.',
  'The key was revoked or has ended.': 'A chave foi revogada ou chegou ao fim.',
  'The key is unknown, was revoked or has ended.': 'A chave é desconhecida, foi revogada ou chegou ao fim.',
  'The request has no Authorization header of the form {form}.':
    'A requisição não tem cabeçalho Authorization da forma {form}.',
  'The key could not be looked up in time.': 'A chave não pôde ser consultada a tempo.',
  'This needs a key with the scope {scope}.': 'Isto precisa de uma chave com o escopo {scope}.',
  'The key is limited to other tenants.': 'A chave é limitada a outros tenants.',
  'The key is limited to some tenants and cannot make one for all.':
    'A chave é limitada a alguns tenants e não pode criar uma para todos.',
  '<what> concern all tenants and the key is limited to some.':
    '<what> dizem respeito a todos os tenants, e a chave é limitada a alguns.',
  '<what> are not for a customer to decide: a key that is limited to tenants needs the scope billing:admin for them.':
    '<what> não cabem ao cliente decidir: para isso uma chave limitada a tenants precisa do escopo billing:admin.',
  Plans: 'Planos',
  Rebuilds: 'Reconstruções',
  Connections: 'Conexões',
  Subscriptions: 'Assinaturas',
  'Invoice runs': 'Fechamentos em lote',
  'Final invoices': 'Faturas fechadas',
  'Notes on invoices': 'Anotações em faturas',
  'Manual lines': 'Linhas manuais',
  'Webhooks without tenants': 'Webhooks sem tenants',
  '`test`, `billTo`, `paymentDays` and `credit`': '`test`, `billTo`, `paymentDays` e `credit`',
  "Final periods or tenants' rules change with it: this needs a key with the scope billing:write.":
    'Períodos fechados ou regras de tenants mudam com isto: é preciso uma chave com o escopo billing:write.',
  'The key has too many reads in hand.': 'A chave tem leituras demais em andamento.',
  'The reads before it took too long.': 'As leituras antes desta demoraram demais.',
  '<what> a second.': '<what> por segundo.',
  'The key sends more than {most} requests': 'A chave envia mais de {most} requisições',
  'For the tenant {tenant} come more than {most} requests':
    'Para o tenant {tenant} chegam mais de {most} requisições',
  'The key sends more than {most} events': 'A chave envia mais de {most} eventos',
  'For the tenant {tenant} come more than {most} events':
    'Para o tenant {tenant} chegam mais de {most} eventos',
  // Events, the log and the webhooks
  'The array has {count} events, not 1 to {most}.': 'A lista tem {count} eventos, não de 1 a {most}.',
  'The array is empty.': 'A lista está vazia.',
  'None of the events was accepted.': 'Nenhum dos eventos foi aceito.',
  'The log cannot be used until somebody who runs this service has mended it. Nothing is promised: keep the events and send them again later.':
    'O log não pode ser usado até que alguém que opera este serviço o conserte. Nada está prometido: guarde os eventos e envie-os de novo depois.',
  'There is no webhook of this id.': 'Não há webhook com este id.',
  'There is no delivery of this id to the webhook.': 'Não há entrega com este id ao webhook.',
  'The webhook is disabled: enable it first (PATCH `enabled`).':
    'O webhook está desativado: ative-o antes (PATCH `enabled`).',
  'There can be {most} webhooks: delete one first.': 'Pode haver {most} webhooks: apague um antes.',
  // What an event or a part of a payload is
  'is required': 'é obrigatório',
  'must be a string': 'deve ser um texto',
  'must be an object': 'deve ser um objeto',
  'must have at most {most} bytes as compact JSON': 'deve ter no máximo {most} bytes como JSON compacto',
  'must not contain NUL or lone surrogates': 'não pode conter NUL nem surrogates isolados',
  'must not contain numbers beyond the range of a double':
    'não pode conter números além do alcance de um double',
  'must be one of {names}': 'deve ser um de {names}',
  'must be a string or a whole number': 'deve ser um texto ou um número inteiro',
  'is more than 5 minutes in the future': 'está mais de 5 minutos no futuro',
  'must differ from the message: a receipt is an event of its own':
    'deve ser diferente da mensagem: um recibo é um evento à parte',
  'is no object': 'não é um objeto',
  'has no id': 'não tem id',
  'has no timestamp in Unix seconds': 'não tem timestamp em segundos Unix',
  'has no metadata.display_phone_number': 'não tem metadata.display_phone_number',
  'names no contact': 'não nomeia contato',
  'has no type': 'não tem tipo',
  'belongs to no tenant of the connection': 'não pertence a nenhum tenant da conexão',
  'is the status of a call': 'é o status de uma chamada',
  'is the status of a message to a group': 'é o status de uma mensagem a um grupo',
  'is posted by whoever sent it': 'é enviado por quem mandou a mensagem',
  'says that the message was deleted, which changes nothing':
    'diz que a mensagem foi apagada, o que não muda nada',
  'has the status {status}, which nobody here knows': 'tem o status {status}, que ninguém aqui conhece',
  'has more than {most} items in its lists': 'tem mais de {most} itens em suas listas',
  'is no payload of the WhatsApp Cloud API: object is not whatsapp_business_account':
    'não é um payload da API do WhatsApp Cloud: object não é whatsapp_business_account',
  '{field} has no messages': '{field} não tem mensagens',
  // Rebuilds
  'There is no rebuild of this id.': 'Não há reconstrução com este id.',
  'There can be one rebuild at a time, and one is under way.':
    'Só pode haver uma reconstrução por vez, e uma está em andamento.',
  'The rebuild is {state}; it cannot be discarded.':
    'A reconstrução está no estado {state}; não pode ser descartada.',
  'The rebuild is {state}; only one that is caught-up can be promoted.':
    'A reconstrução está no estado {state}; só uma no estado caught-up pode ser promovida.',
  'The rebuild is {state}; only the one that is live can be rolled back.':
    'A reconstrução está no estado {state}; só a que está em uso pode ser desfeita.',
  'The rebuild does not catch up with the live projection; try again.':
    'A reconstrução não alcança a projeção em uso; tente de novo.',
  'Only {period} was compared, and promoting it would change every period: start one without `period`.':
    'Só {period} foi comparado, e promovê-la mudaria todos os períodos: inicie uma sem `period`.',
  'It is a what-if: the rules of tenants change with it.':
    'É uma simulação: as regras dos tenants mudam com ela.',
  'The rebuild is no what-if: it changes no rules. Leave `changeRules` out.':
    'A reconstrução não é uma simulação: não muda regras. Omita `changeRules`.',
  'It differs in {count} places.': 'Ela difere em {count} lugares.',
  'The projection before it is still catching up; ask again in a moment.':
    'A projeção anterior ainda está alcançando o log; peça de novo daqui a pouco.',
  'Rebuild {id} is under way and compares with what is live now: discard it first.':
    'A reconstrução {id} está em andamento e compara com o que está em uso agora: descarte-a antes.',
  'The projection before it was dropped when a later rebuild was started.':
    'A projeção anterior foi apagada quando uma reconstrução posterior começou.',
  'The rules of {tenants} were changed after the comparison: discard the rebuild and start another one.':
    'As regras de {tenants} mudaram depois da comparação: descarte a reconstrução e inicie outra.',
  'The rules of {tenants} were changed after the promotion, so they cannot go back to what they were. Start another rebuild instead.':
    'As regras de {tenants} mudaram depois da promoção, portanto não podem voltar a ser o que eram. Inicie outra reconstrução.',
  // What the library that checks requests says of values
  'Invalid input': 'não é válido',
  'Invalid input: expected <expected>, received <received>': 'esperava-se <expected>, veio <received>',
  'Invalid input: expected {expected}': 'esperava-se {expected}',
  'Invalid option: expected one of {options}': 'deve ser um de {options}',
  'Invalid key in <origin>': 'um nome em <origin> não é válido',
  'Too big: expected <origin> to have <={most} <unit>': 'deve ter no máximo {most} <unit>',
  'Too small: expected <origin> to have >={least} <unit>': 'deve ter no mínimo {least} <unit>',
  'Too big: expected <origin> to be <={most}': 'deve ser no máximo {most}',
  'Too small: expected <origin> to be >={least}': 'deve ser no mínimo {least}',
  'Invalid string: must match pattern {pattern}': 'deve ter a forma {pattern}',
  string: 'texto',
  number: 'número',
  int: 'número inteiro',
  boolean: 'true ou false',
  array: 'lista',
  object: 'objeto',
  record: 'objeto',
  map: 'objeto',
  null: 'null',
  undefined: 'nada',
  NaN: 'um número que não é número',
  characters: 'caracteres',
  items: 'itens',
  entries: 'entradas',
  bytes: 'bytes',
} as const;

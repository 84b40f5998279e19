// Generated from openapi.yaml by `npm run generate -w clients/typescript`: change that, not this.

export interface paths {
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description, as YAML */
        get: operations["getOpenapiYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description, as JSON */
        get: operations["getOpenapiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should be sent here */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in the format of Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All kinds of problems */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a problem means and what to do about it */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{connection}/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answer Meta's handshake */
        get: operations["verifyWebhook"];
        put?: never;
        /**
         * Take what Meta sends
         * @description Answered only once the log has acknowledged every event of it and the rest is kept. After anything but a 200 Meta sends the same again, which does no harm.
         */
        post: operations["takePayload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post one event or an array of 1 to 1000
         * @description The answer comes only after the log has durably acknowledged every accepted event. A duplicate is accepted too. After a 503 or no answer at all send the same events again. CloudEvents 1.0 are taken in all three modes; in binary mode the body is their `data`, and a `pointer` names its place as though it stood beside the attributes.
         */
        post: operations["postEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a tenant used in a period */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/usage/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a tenant used in each of up to 36 periods, in one view of the database */
        get: operations["getUsageHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What all tenants used in a period, those without windows too */
        get: operations["listUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List windows by (openedAt, id) */
        get: operations["listWindows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/windows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a window: who opened it, what was inside, what failed or was voided
         * @description Its events come page by page, of large ones fewer on each; the sentences stand on the first page.
         */
        get: operations["getWindow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Was my event counted?
         * @description By contact, conversation, then in the order in which events count. `state` may leave a page short, or empty: go on with its cursor. With `channel`, `account` and `contact` the search is quick however much the tenant has.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/conversation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A conversation at an instant, from what had occurred by then */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/contact-links/{channel}/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose an alias is */
        get: operations["getContactLink"];
        /**
         * Say whose an alias is
         * @description From then on, everywhere within 5 s, events of the alias are taken for the contact before they are logged. What is in the log stays as it is.
         */
        put: operations["putContactLink"];
        post?: never;
        /**
         * End a contact link
         * @description From then on, everywhere within 5 s, the alias stands for itself.
         */
        delete: operations["deleteContactLink"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/contact-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contact links of a tenant, by channel and the hash of the alias */
        get: operations["listContactLinks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{connection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A connection, without its secrets */
        get: operations["getConnection"];
        /**
         * Make or change a connection
         * @description Its secrets are stored encrypted and never shown. In force everywhere within 5 s. Give Meta the address `/v1/connections/{connection}/webhook`.
         */
        put: operations["putConnection"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Connections by name, without their secrets */
        get: operations["listConnections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{connection}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a payload would become; nothing is written */
        post: operations["previewPayload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{connection}/unmapped": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What could not be mapped, in the order in which it came */
        get: operations["listUnmapped"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{connection}/unmapped/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Map again what could not be mapped
         * @description Repeat it until `taken` is 0: what is left then needs another mapping.
         */
        post: operations["retryUnmapped"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Erasures of a tenant, newest first */
        get: operations["listErasures"];
        put?: never;
        /**
         * Erase a contact
         * @description Destroys the key that everything about the contact is sealed with, and the keys of the aliases that are linked to it. From then on contact and ids read `erased:<hash>`; windows, usage and invoices stay what they were. It takes some 20 s, goes on after a restart, and cannot be taken back. Repeated it is the same erasure, unless something came since.
         */
        post: operations["requestErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/erasures/{erasure}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an erasure is */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/contacts/{channel}/{contact}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is kept about one person
         * @description On every account, under every alias that is linked to the contact. What is erased reads `erased:<hash>`. The answer is a stream: one that is cut short is no JSON.
         */
        get: operations["getPersonalData"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List registered tenants */
        get: operations["listTenants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One tenant */
        get: operations["getTenant"];
        /** Register or change a tenant; members left out keep their value */
        put: operations["putTenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/portal-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that shows a tenant its own pages, until it ends */
        post: operations["createPortalLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/projection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is counted, by partition of the log */
        get: operations["getProjection"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Log records that are kept but not counted: conflicts and what could not be read
         * @description What they say is shown to keys that have `usage:read` beside `ops`.
         */
        get: operations["listQuarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/rebuilds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rebuilds, the newest first */
        get: operations["listRebuilds"];
        put?: never;
        /**
         * Fold the whole log into a second projection beside the live one
         * @description With `rules` or `all` it is a what-if: tenants are judged by other rules than their own, the past too, and the answer (`usage`) is what that changes, in windows and, where there is a plan, in money; money needs the scope `billing:read` too, samples of differences `usage:read`.
         */
        post: operations["startRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/rebuilds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rebuild, its progress and what it found */
        get: operations["getRebuild"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/rebuilds/{id}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the rebuilt projection the live one, atomically
         * @description Where it differs from the live projection, `accept` and a `reason` are needed; where final periods differ, the scope `billing:write` too. A what-if needs all of that and `changeRules`, for it changes the tenants' rules with it; tenants that nobody registered are. Final invoices stay as they are.
         */
        post: operations["promoteRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/rebuilds/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the projection live again that was so before
         * @description What needed the scope `billing:write` to be promoted needs it to be rolled back: differences in final periods, and rules of tenants.
         */
        post: operations["rollBackRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/rebuilds/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give up a rebuild that is not live */
        post: operations["discardRebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/log-level": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much the process that answers says in its log */
        get: operations["getLogLevel"];
        /**
         * Let the process that answers say more or less in its log, for 15 minutes
         * @description Of several processes only the one that answers changes; ask each on its own address.
         */
        put: operations["setLogLevel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/unmatched": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Receipts and voids that applied to nothing an hour after they came, by tenant
         * @description Of what was received between one hour ago and two; each five minutes are judged once, when they are an hour old. `GET /v1/tenants/{tenant}/events?state=unmatched` shows each of them, of whatever age, as it is now.
         */
        get: operations["getUnmatched"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the last verification of projection and invoices found */
        get: operations["getVerification"];
        put?: never;
        /**
         * Verify now, beside everything that goes on
         * @description It is done every hour anyway. A process with the role `projector` takes it up within seconds; the first time, and after something was wrong, all is verified, later what came since.
         */
        post: operations["requestVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{plan}/versions/{from}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the terms of a plan from a period on */
        put: operations["putPlanVersion"];
        post?: never;
        /** Take away a version of a plan that no invoice and no subscription stands on */
        delete: operations["deletePlanVersion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A plan with all its versions */
        get: operations["getPlan"];
        /**
         * Say who sees a plan
         * @description A key limited to tenants sees the plans that these have or had, and public ones. A new plan is not public.
         */
        put: operations["putPlan"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List plans
         * @description For a key limited to tenants those that these have or had, and public ones.
         */
        get: operations["listPlans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/subscriptions/{from}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Subscribe a tenant to a plan from a period on */
        put: operations["putSubscription"];
        post?: never;
        /** Take a subscription back */
        delete: operations["deleteSubscription"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the subscriptions of a tenant */
        get: operations["listSubscriptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/credit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The credit that invoices of a tenant carried, and what is left of it
         * @description By the standing invoices that carried it, the oldest first: the next invoice made final takes that back first. The sums are over all of them, on whatever page.
         */
        get: operations["getCredit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/manual-lines/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One manual line */
        get: operations["getManualLine"];
        /** Put a credit or charge on a period's invoice, once however often it is sent */
        put: operations["putManualLine"];
        post?: never;
        /** Take a manual line back while its period is not final */
        delete: operations["deleteManualLine"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/manual-lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Manual lines of a tenant, by id */
        get: operations["listManualLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/invoices/{period}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invoice of a period: the standing one, or a draft computed now */
        get: operations["getInvoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invoices and drafts of all tenants */
        get: operations["listInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invoices and drafts of a tenant */
        get: operations["listTenantInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An invoice by its number, voided or not */
        get: operations["getInvoiceByNumber"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Note something on an invoice, final or void: an NFS-e, a boleto, that it was paid
         * @description Members of `metadata` are set, null takes one away, those left out stay; at most 4 KiB in all. Counts as a change for `changedAfter`. A key limited to tenants needs `billing:admin` too: whether it was paid is not for a customer to say.
         */
        patch: operations["noteOnInvoice"];
        trace?: never;
    };
    "/v1/tenants/{tenant}/invoices/{period}/finalize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the invoice of a period final; repeating it returns the same invoice
         * @description Waits, up to 10 s, until everything is counted that the log held at the request, so that other traffic cannot keep it from ending.
         */
        post: operations["finalizeInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{number}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a final invoice back; its period then shows a draft. Repeating it changes nothing */
        post: operations["voidInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoice-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invoice runs, the newest first
         * @description A key that is limited to tenants sees those that concern no others.
         */
        get: operations["listInvoiceRuns"];
        put?: never;
        /**
         * Make a month final for many tenants
         * @description One run at a time, worked by the processes with the role `projector`; it goes on by itself after a restart. What is final stays as it is, so a run may be repeated for those that a problem kept open.
         */
        post: operations["startInvoiceRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoice-runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an invoice run is, and what became of each tenant */
        get: operations["getInvoiceRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoice-runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin no more invoices of an invoice run
         * @description The few hundred invoices that are being made at that moment may still become final; with the state `cancelled` none does any more. What is final stays final: void an invoice by its number. Cancelling again answers how far it is.
         */
        post: operations["cancelInvoiceRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/invoices/{period}/lines/{lineId}/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The windows behind a line, by (openedAt, id); none behind fees, minimum and manual lines */
        get: operations["listLineWindows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invoices/{number}/lines/{lineId}/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The windows behind a line of an invoice that was made, voided or not */
        get: operations["listInvoiceLineWindows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/line-items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines of invoices and drafts of all tenants */
        get: operations["listLineItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed which tenant, plan, subscription, invoice or key, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Webhooks by id, without their secrets */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Be told what happens
         * @description Requests follow Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, body `{ type, timestamp, data }`. Each notification comes at least once; a repeat has the same `webhook-id`. Answer with 2xx within 10 s, or it comes again. A key that is limited to tenants makes webhooks for these alone.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A webhook, without its secret */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /** Delete a webhook and its deliveries */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change, enable or disable a webhook
         * @description Members left out stay. While it is disabled nothing is noted for it; `replay` brings what it missed. Deliveries that waited go on once it is enabled.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new secret; the old one signs beside it for 24 h */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a webhook was told in the last 30 days, newest first */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a webhook.test
         * @description The list of deliveries says what came of it.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{delivery}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one again, also where it was delivered */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send everything again since an instant
         * @description With the same `webhook-id`s; also what was not noted for it, for it was disabled or had other terms. What waits is not doubled.
         */
        post: operations["replayWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The thresholds of a tenant in a period, and what fired of them */
        get: operations["getThresholds"];
        /** Set the thresholds of a tenant, or let it have those of its plan */
        put: operations["putThresholds"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List keys, revoked ones too */
        get: operations["listKeys"];
        put?: never;
        /** Make a key; its secret is shown this once */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ops/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One key */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key, in force within 5 s
         * @description Keys that were made with it stay good unless `children=true` says otherwise; the answer shows them.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "accept": true,
         *       "reason": "The new rule applies from November on"
         *     }
         */
        Acceptance: {
            /**
             * @description Promote although it differs
             * @constant
             */
            accept?: true;
            /** @description Why, in words for whoever reads it later */
            reason?: string;
            /**
             * @description A what-if changes the tenants' rules with it; this says that it shall
             * @constant
             */
            changeRules?: true;
        };
        /**
         * @description Recorded and shown; opens nothing
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "transfer-1",
         *       "type": "activity.transfer"
         *     }
         */
        Activity: {
            /** @description What happened */
            type: string;
            /** @description Unique within the conversation, derived from the provider’s message id */
            id: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ...; upper and lower case are one */
            channel: string;
            /** @description The number or page of the tenant */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * Format: date-time
             * @description With an offset; any age, at most 5 minutes in the future
             * @example 2026-11-03T10:00:00-03:00
             */
            occurredAt: string;
            /** @description Anything, at most 4096 bytes as compact JSON */
            metadata?: Record<string, unknown>;
        };
        /** @description Which open drafts the change changes, and by how much */
        Affects: {
            /** @description Those that it changes, by tenant and period, at most 100 */
            drafts: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                period: components["schemas"]["Period"];
                /** @description ISO 4217 */
                currency: string;
                /** @description What it came to, without credit; null: there was none */
                before: string | null;
                /** @description What it comes to, without credit; null: there is none */
                after: string | null;
                /**
                 * @description What the change adds
                 * @example 199.00
                 */
                difference: string;
            }[];
            /** @description Over all that it changes, by currency */
            total: {
                /** @description ISO 4217 */
                currency: string;
                /**
                 * @description What the changed drafts came to
                 * @example 199.00
                 */
                before: string;
                /**
                 * @description What they come to
                 * @example 199.00
                 */
                after: string;
                /**
                 * @description What the change adds
                 * @example 199.00
                 */
                difference: string;
            }[];
            /** @description How many drafts it changes, listed or not */
            changed: number;
            /** @description Whether all that it may concern were looked at: at most 1,000 drafts of 10,000 subscriptions */
            complete: boolean;
        };
        AllowanceDetail: {
            /** @description Receptive windows that the monthly fee includes */
            allowance: number;
        };
        AppliedDetail: {
            /**
             * @description The invoice that carried it
             * @example 2026-000123
             */
            invoice: string;
            /**
             * @description Of that invoice
             * @example 2026-10
             */
            period: string;
            /**
             * @description What is left of it then
             * @example 199.00
             */
            left: string;
        };
        AsOf: {
            /** @description By partition of the log */
            positions: {
                /** @description Partition of the log */
                partition: number;
                /** @description First offset not yet counted */
                next: number;
                /** @description End of the log, seen at most a second ago */
                end: number;
            }[];
            /** @description Events in the log that are not counted yet */
            lag: number;
            /** @description Whether everything in the log is counted */
            caughtUp: boolean;
        };
        AuditEntry: {
            /** @description Ascending with time */
            id: number;
            /**
             * Format: date-time
             * @description When
             * @example 2026-11-03T13:00:00.000Z
             */
            at: string;
            /** @description Id of the API key */
            actor: string;
            /** @description Name of the key; null: the administrator's or the command line */
            actorName: string | null;
            /**
             * @description What kind of thing was changed
             * @enum {string}
             */
            subjectType: "tenant" | "plan" | "subscription" | "manual-line" | "invoice" | "invoice-run" | "key" | "rebuild" | "contact-link" | "thresholds" | "webhook" | "connection" | "erasure" | "portal-link";
            /** @description Name or id of what was changed */
            subject: string;
            /** @description Whom it concerns; null: more than one tenant, or none */
            tenant: string | null;
            /** @description What was done to it */
            action: string;
            /** @description null: it did not exist */
            before: unknown;
            /** @description null: it is gone */
            after: unknown;
        };
        AuditEntryPage: {
            /** @description In the order of the list */
            items: components["schemas"]["AuditEntry"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /** @description Whom invoices are made out to; null: nobody said */
        BillTo: {
            /** @description A name for people */
            name: string;
            /** @description CNPJ, CPF, or another country's */
            taxId: string | null;
            /** @description Postal address */
            address: string | null;
            /** @description Address of mail */
            email: string | null;
        };
        CarriedCredit: {
            /**
             * @description The standing invoice that carried it
             * @example 2026-000123
             */
            invoice: string;
            /**
             * @description Of that invoice
             * @example 2026-11
             */
            period: string;
            /**
             * @description What invoices that came to less than zero left for later ones
             * @example 30.00
             */
            carried: string;
            /**
             * @description What later invoices took back of it
             * @example 30.00
             */
            applied: string;
            /**
             * @description What the next invoices made final take back: `carried` less `applied`
             * @example 30.00
             */
            left: string;
            /** @description In the order in which they became final */
            uses: {
                /**
                 * @description A standing invoice that took some back
                 * @example 2026-000123
                 */
                invoice: string;
                /**
                 * @description Of that invoice
                 * @example 2026-11
                 */
                period: string;
                /**
                 * @description How much
                 * @example 30.00
                 */
                amount: string;
            }[];
        };
        CarriedDetail: {
            /**
             * @description What the invoice would come to without it
             * @example 199.00
             */
            total: string;
        };
        ChangedPlanVersion: {
            /** @description Name of the plan */
            plan: string;
            /**
             * @description From when on it applies; null: from the beginning
             * @example 2026-11
             */
            from: string;
            /**
             * @description ISO 4217
             * @example BRL
             */
            currency: string;
            /**
             * @description Charged for every period
             * @default 0
             * @example 0.30
             */
            monthlyFee: string;
            /**
             * @description Tops up fee and usage of the period
             * @default 0
             * @example 0.30
             */
            minimum: string;
            /** @description Of receptive windows */
            receptive: {
                /** @description Receptive windows that the monthly fee includes */
                allowance: number;
                /**
                 * @description Monthly limit of receptive windows; nothing is ever refused for it
                 * @default null
                 */
                limit: number | null;
                /** @description Units beyond the allowance */
                overage: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description By template category, at most 1,000; those not named share `default` */
            active: {
                /** @description Ascending; the last one is open (`upTo` null) */
                default: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            } & {
                [key: string]: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description Of all subscribers that have none of their own */
            thresholds: components["schemas"]["Threshold"][];
            /** @description What the change does; null: it is made, and the database could not say what it does. The drafts say it */
            affects: components["schemas"]["Affects"] | null;
        };
        ChangedSubscription: {
            /** @description Name of the plan */
            plan: string;
            /** @description From when on it applies; null: from the beginning */
            from: string;
            /** @description First period no longer covered; null: open */
            until: string | null;
            /** @description Members of a plan version that this tenant has in another way */
            overrides: components["schemas"]["PlanOverrides"] | null;
            /** @description Share of fee, usage and minimum that the tenant is let off */
            discount: components["schemas"]["Discount"] | null;
            /** @description What the change does; null: it is made, and the database could not say what it does. The drafts say it */
            affects: components["schemas"]["Affects"] | null;
        };
        ChangedTenant: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description A name for people */
            name: string;
            /** @description The tenant's id in the finance system of whoever runs this */
            reference: string | null;
            /**
             * @description Of texts for people: Brazilian Portuguese or English
             * @enum {string}
             */
            language: "pt-BR" | "en";
            /** @description Metered but never invoiced */
            test: boolean;
            /** @description Whom it is made out to; null: nobody said */
            billTo: components["schemas"]["BillTo"] | null;
            /** @description Days from the issue of an invoice until it is due; null: nobody said */
            paymentDays: number | null;
            /**
             * @description What becomes of a total below zero: finance settles it, or the next invoices take it back
             * @enum {string}
             */
            credit: "settle" | "carry";
            /** @description IANA name; or a timeline of them */
            timeZone: string | {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /** @description IANA name of a time zone */
                zone: string;
            }[];
            /** @description A timeline of rules: `from` null first */
            rules: {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description The rule by which windows open and close
                 * @enum {string}
                 */
                rule: "fixed" | "fixed-tail" | "sliding";
                /** @description How long a window is open */
                hours: number;
                /**
                 * @description Whether a template counts once it is sent, or only once it is delivered or read
                 * @enum {string}
                 */
                activeWhen: "sent" | "delivered";
            }[];
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            updatedAt: string;
            /** @description What the change does; null: it is made, and the database could not say what it does. The drafts say it */
            affects?: components["schemas"]["Affects"] | null;
        };
        /**
         * @description An event as CloudEvents 1.0 has it. Extension attributes are ignored
         * @example {
         *       "specversion": "1.0",
         *       "id": "wamid.A",
         *       "source": "/channels/whatsapp",
         *       "type": "janela.message.received",
         *       "time": "2026-11-03T10:00:00-03:00",
         *       "data": {
         *         "tenant": "acme",
         *         "channel": "whatsapp",
         *         "account": "551140000001",
         *         "contact": "5511987654321"
         *       }
         *     }
         */
        CloudEvent: {
            /**
             * @description The version of CloudEvents
             * @constant
             */
            specversion: "1.0";
            /** @description `id` of the event */
            id: string;
            /** @description Who says so; kept as `metadata.source` */
            source: string;
            /** @description `type` of the event, with or without `janela.` before it */
            type: string;
            /** @description `occurredAt` of the event */
            time?: string | null;
            /** @description application/json, where it is there */
            datacontenttype?: string | null;
            /** @description All other members of the event. It may repeat what the attributes say, and not contradict it */
            data?: {
                [key: string]: unknown;
            };
            /** @description The same as JSON in base64 */
            data_base64?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** @description What a period costs by the windows of the live projection and of the rebuilt one */
        ComparedMoney: {
            /** @description ISO 4217 */
            currency: string;
            /**
             * @description By the live projection
             * @example 199.00
             */
            live: string;
            /**
             * @description By the rebuilt one
             * @example 199.00
             */
            rebuilt: string;
            /**
             * @description Rebuilt less live
             * @example 199.00
             */
            difference: string;
            /** @description By code, tiers summed */
            lines: {
                /** @description What the line charges; of an error: its code at the provider */
                code: string;
                /** @description By the live projection */
                live: {
                    /** @description How many units */
                    quantity: number;
                    /**
                     * @description Quantity times price, rounded once; negative: a credit
                     * @example 199.00
                     */
                    amount: string;
                };
                /** @description By the rebuilt one */
                rebuilt: {
                    /** @description How many units */
                    quantity: number;
                    /**
                     * @description Quantity times price, rounded once; negative: a credit
                     * @example 199.00
                     */
                    amount: string;
                };
                /**
                 * @description Rebuilt less live
                 * @example 199.00
                 */
                difference: string;
            }[];
            /** @description Of a final period; null: `live` and `rebuilt` are drafts */
            invoiced: {
                /** @description Number of the invoice; null: a draft */
                number: string;
                /**
                 * @description Charged for the period by all standing invoices
                 * @example 199.00
                 */
                total: string;
                /**
                 * @description What a later invoice would add if it were promoted
                 * @example 199.00
                 */
                adjustment: string;
                /** @description What is charged, line by line */
                lines: {
                    /** @description What the line charges; of an error: its code at the provider */
                    code: string;
                    /** @description How many units */
                    quantity: number;
                    /** @description Price of one unit, with up to 6 decimals */
                    unitPrice: string | null;
                    /**
                     * @description Quantity times price, rounded once; negative: a credit
                     * @example 199.00
                     */
                    amount: string;
                }[];
            } | null;
        };
        ComparedUsage: {
            /** @description Tenants and periods with windows on either side */
            count: number;
            /** @description By tenant and period; at most 1000, those that differ first */
            items: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                period: components["schemas"]["Period"];
                /** @description Of receptive windows */
                receptive: {
                    /** @description By the live projection */
                    live: number;
                    /** @description By the rebuilt one */
                    rebuilt: number;
                };
                /** @description Of active windows */
                active: {
                    /** @description By the live projection */
                    live: number;
                    /** @description By the rebuilt one */
                    rebuilt: number;
                };
                /** @description null: nothing is ever invoiced for it; absent where the key lacks `billing:read` */
                money?: components["schemas"]["ComparedMoney"] | null;
            }[];
            /** @description Over all items */
            totals: {
                /** @description Of receptive windows */
                receptive: {
                    /** @description By the live projection */
                    live: number;
                    /** @description By the rebuilt one */
                    rebuilt: number;
                };
                /** @description Of active windows */
                active: {
                    /** @description By the live projection */
                    live: number;
                    /** @description By the rebuilt one */
                    rebuilt: number;
                };
                /** @description By currency, over all items; adjustments on drafts are left out, for they repeat earlier periods; absent where the key lacks `billing:read` */
                money?: {
                    /** @description ISO 4217 */
                    currency: string;
                    /**
                     * @description By the live projection
                     * @example 199.00
                     */
                    live: string;
                    /**
                     * @description By the rebuilt one
                     * @example 199.00
                     */
                    rebuilt: string;
                    /**
                     * @description Rebuilt less live
                     * @example 199.00
                     */
                    difference: string;
                }[];
            };
        };
        Connection: {
            /** @description A name for people */
            name: string;
            /**
             * @description What its payloads are
             * @enum {string}
             */
            kind: "whatsapp-cloud";
            /**
             * @description Sent messages are posted by whoever sends them, or taken from the status `sent`
             * @enum {string}
             */
            sends: "posted" | "from-status";
            /** @description Whose messages are whose, by id of the business account (WABA), id of the phone number, or the number itself; what says more comes first */
            tenants: {
                [key: string]: string;
            };
            /** @description Whose all else is; null: nobody's, and kept as unmapped */
            tenant: string | null;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            updatedAt: string;
        };
        ConnectionPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Connection"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "kind": "whatsapp-cloud",
         *       "appSecret": "the secret of the app",
         *       "verifyToken": "anything long",
         *       "sends": "from-status",
         *       "tenants": {
         *         "102290129340398": "acme"
         *       },
         *       "tenant": null
         *     }
         */
        ConnectionTerms: {
            /**
             * @description What its payloads are
             * @enum {string}
             */
            kind: "whatsapp-cloud";
            /**
             * @description Sent messages are posted by whoever sends them, or taken from the status `sent`
             * @enum {string}
             */
            sends: "posted" | "from-status";
            /** @description Whose messages are whose, by id of the business account (WABA), id of the phone number, or the number itself; what says more comes first */
            tenants: {
                [key: string]: string;
            };
            /** @description Whose all else is; null: nobody's, and kept as unmapped */
            tenant: string | null;
            /** @description Secret of the app at Meta, which signs payloads; never shown */
            appSecret: string;
            /** @description What Meta sends at the handshake; never shown */
            verifyToken: string;
        };
        ContactLink: {
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description What events may call the contact, in normal form */
            alias: string;
            /** @description Whom they mean, in normal form */
            contact: string;
            /** @description Id of the API key */
            linkedBy: string;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
        };
        ContactLinkPage: {
            /** @description In the order of the list */
            items: components["schemas"]["ContactLink"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "contact": "5511987654321"
         *     }
         */
        ContactLinkTarget: {
            /** @description The end customer */
            contact: string;
        };
        Conversation: {
            /** @description The open one */
            window: components["schemas"]["Window"] | null;
            /** @description The 24 hours after the latest message of the contact, in which free text may be sent */
            customerService: {
                /** @description Whether it is open */
                open: boolean;
                /** @description When it closes */
                closesAt: string | null;
            };
            /** @description Whether free text may be sent now; if not, the agent sees the yellow tag */
            freeTextAllowed: boolean;
            /** @description The kind of window that a template would open now; null: none, or the channel has no templates */
            templateWouldOpen: "active" | null;
            /** @description The last 20, newest first */
            windows: components["schemas"]["Window"][];
            /** @description The last 20 free texts sent while no window was open, newest first */
            orphans: {
                /** @description Of the event */
                id: string;
                /**
                 * Format: date-time
                 * @description When it happened
                 * @example 2026-11-03T13:00:00.000Z
                 */
                occurredAt: string;
                position: components["schemas"]["Position"];
            }[];
            asOf: components["schemas"]["AsOf"];
        };
        Delivery: {
            /** @description Of the delivery, counting up */
            id: number;
            /** @description The `webhook-id` that it is sent with */
            notification: string;
            /** @description What happened */
            type: string;
            /** @description Whose notification it is */
            tenant: string | null;
            /**
             * @description waiting: to be tried, for the first time or again; failed: not tried any more
             * @enum {string}
             */
            state: "waiting" | "delivered" | "failed";
            /** @description How often it was tried */
            attempts: number;
            /** @description HTTP status of the last answer; null: there was none */
            status: number | null;
            /** @description Its first KiB */
            answer: string | null;
            /** @description Why there was no answer */
            error: string | null;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /** @description When it was last tried */
            attemptedAt: string | null;
            /** @description When it is tried next; null: it is not */
            nextAt: string | null;
        };
        DeliveryPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Delivery"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        DifferenceDetail: {
            /** @description By what is known now */
            computed: {
                /** @description How many units */
                quantity: number;
                /**
                 * @description Quantity times price, rounded once; negative: a credit
                 * @example 199.00
                 */
                amount: string;
            };
            /** @description By all standing invoices so far */
            invoiced: {
                /** @description How many units */
                quantity: number;
                /**
                 * @description Quantity times price, rounded once; negative: a credit
                 * @example 199.00
                 */
                amount: string;
            };
        };
        /**
         * @description Of fee, usage and minimum
         * @example {
         *       "percent": "10"
         *     }
         */
        Discount: {
            /**
             * @description Above 0, at most 100
             * @example 10
             */
            percent: string;
        };
        DiscountDetail: {
            /** @description What the subscription lets off */
            percent: string;
            /**
             * @description Fee, usage and minimum
             * @example 199.00
             */
            of: string;
        };
        /**
         * @example {
         *       "id": 3,
         *       "channel": "whatsapp",
         *       "account": null,
         *       "contact": "erased:5f1d7a84c09be36215f0a7d4c2b981ee",
         *       "reason": "Asked for it, ticket 4711",
         *       "state": "running",
         *       "keys": 2,
         *       "requestedBy": "key_6b1f0c2e9a4d7358",
         *       "requestedAt": "2026-11-04T12:00:00.000Z",
         *       "doneAt": null
         *     }
         */
        Erasure: {
            /** @description Of the erasure, counting up */
            id: number;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description null: whatever the account */
            account: string | null;
            /** @description A hash, which is all that is kept of whom it is about */
            contact: string;
            /** @description As it was given */
            reason: string;
            /**
             * @description `done`: no process can open anything of the contact any more
             * @enum {string}
             */
            state: "running" | "done";
            /** @description Keys that it destroys; 0 at first */
            keys: number;
            /** @description Id of the API key */
            requestedBy: string;
            /**
             * Format: date-time
             * @description When it was asked for
             * @example 2026-11-03T13:00:00.000Z
             */
            requestedAt: string;
            /** @description null while it runs */
            doneAt: string | null;
        };
        ErasurePage: {
            /** @description In the order of the list */
            items: components["schemas"]["Erasure"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        Event: components["schemas"]["MessageReceived"] | components["schemas"]["MessageSent"] | components["schemas"]["Receipt"] | components["schemas"]["EventVoided"] | components["schemas"]["Activity"];
        EventResult: {
            /** @description Place in the request, from 0 */
            index: number;
            /** @description Id of the event; null: it has none that could be one */
            id: string | null;
            /**
             * @description Whether it is in the log
             * @enum {string}
             */
            status: "accepted" | "rejected";
            position?: components["schemas"]["Position"];
            /** @description Of an accepted event; left out where there are none */
            warnings?: components["schemas"]["EventWarning"][];
            /** @description Why it was rejected */
            problem?: {
                /** @description What happened */
                type: string;
                /** @description What the error is called at the provider */
                title: string;
                /** @description How it came about; null: nothing to add */
                detail: string;
                /** @description JSON pointer into the body */
                pointer: string;
                /** @description All that is wrong with the event, at most 10; the first is told above too */
                errors?: {
                    /** @description JSON pointer into the body */
                    pointer: string;
                    /** @description How it came about; null: nothing to add */
                    detail: string;
                }[];
            };
        };
        /**
         * @description Takes an event back for good; needs the scope events:void
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "void-of-wamid.A",
         *       "type": "event.voided",
         *       "target": "wamid.A",
         *       "reason": "Posted for the wrong tenant",
         *       "actor": "ana@acme.example"
         *     }
         */
        EventVoided: {
            /**
             * @description What happened
             * @constant
             */
            type: "event.voided";
            /** @description Unique within the conversation, derived from the provider’s message id */
            id: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ...; upper and lower case are one */
            channel: string;
            /** @description The number or page of the tenant */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * Format: date-time
             * @description With an offset; any age, at most 5 minutes in the future
             * @example 2026-11-03T10:00:00-03:00
             */
            occurredAt: string;
            /** @description Anything, at most 4096 bytes as compact JSON */
            metadata?: Record<string, unknown>;
            /** @description The id of the event that shall never have happened */
            target: string;
            /** @description Why, in words for whoever reads it later */
            reason: string;
            /** @description Who took it back */
            actor: string;
        };
        /** @description What is odd about an event that was accepted all the same */
        EventWarning: {
            /** @description Path of a page that explains the warning */
            type: string;
            /** @description The same for every warning of the type */
            title: string;
            /** @description What is odd about this very event */
            detail: string;
            /** @description JSON pointer into the body */
            pointer: string;
        };
        ExplainedEvent: {
            /**
             * @description What the event does in the window: `status` are receipts and voids
             * @enum {string}
             */
            role: "opened" | "included" | "failed" | "voided" | "status" | "activity";
            /** @description Of the event; unique in its conversation */
            id: string;
            /** @description What happened */
            type: string;
            /**
             * Format: date-time
             * @description When it happened
             * @example 2026-11-03T13:00:00.000Z
             */
            occurredAt: string;
            /**
             * Format: date-time
             * @description When the service received it
             * @example 2026-11-03T13:00:00.000Z
             */
            receivedAt: string;
            position: components["schemas"]["Position"];
            /** @description Id of the API key */
            postedBy: string;
            /** @description The template message that was sent; free text has none */
            template?: {
                /** @description The name of the template */
                name: string;
                /** @description Category of the template: marketing, utility, authentication, or any other */
                category: string;
                /** @description The language of the template, as the provider calls it */
                language?: string;
            };
            /** @description How an active message was sent */
            origin?: string;
            /** @description The campaign that it belongs to */
            campaign?: string;
            /** @description Of a sent message: what receipts name. Of a receipt: the sent message's */
            message?: string;
            /** @description Why the message failed, as the provider says */
            error?: {
                /** @description What the line charges; of an error: its code at the provider */
                code: string;
                /** @description What the error is called at the provider */
                title?: string;
            };
            /** @description Id of the event that is taken back */
            target?: string;
            /** @description Why, in words for whoever reads it later */
            reason?: string;
            /** @description Who took it back */
            actor?: string;
            /** @description What the sender put beside it; counts for nothing */
            metadata?: Record<string, unknown>;
            /** @description What decided it: the voids, or the receipts where a failure was among them; at most 5 of a kind */
            because: components["schemas"]["LoggedEvent"][];
        };
        Explanation: {
            /** @description From the conversation and the opener: the same after every rebuild */
            id: string;
            /**
             * @description Receptive: opened by the contact; active: by a template message
             * @enum {string}
             */
            kind: "receptive" | "active";
            /**
             * Format: date-time
             * @description When it opened
             * @example 2026-11-03T13:00:00.000Z
             */
            openedAt: string;
            /**
             * Format: date-time
             * @description When it closes
             * @example 2026-11-03T13:00:00.000Z
             */
            closesAt: string;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description The tenant's number or page */
            account: string;
            /** @description The end customer */
            contact: string;
            /** @description Id of the event that opened it */
            openedBy: string;
            position: components["schemas"]["Position"];
            /** @description How an active message was sent */
            origin: string | null;
            /** @description Category of the template: marketing, utility, authentication, or any other */
            category: string | null;
            /** @description The campaign that it belongs to */
            campaign: string | null;
            /**
             * @description The rule by which windows open and close
             * @enum {string}
             */
            rule: "fixed" | "fixed-tail" | "sliding";
            period: components["schemas"]["Period"];
            /** @description Why there is this window, or why it is gone, in sentences: in the language of `Accept-Language`, else of the tenant. null: not the first page */
            summary: string | null;
            /** @description The window of the conversation before it */
            previous: components["schemas"]["Window"] | null;
            /** @description What happened inside, in the order in which it counts */
            events: components["schemas"]["ExplainedEvent"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
            /** @description It was invoiced and is no longer there */
            removed: boolean;
            /** @description The event that took the window away; null: it is there, or other rules apply now */
            removedBy: {
                /** @description Id of the event */
                event: string;
                position: components["schemas"]["Position"];
            } | null;
        };
        IngestAnswer: {
            /** @description How many are in the log */
            accepted: number;
            /** @description How many were rejected */
            rejected: number;
            /** @description Give it as `after` to a read that must count these events */
            receipt: string;
            /** @description One per event, by place in the request */
            results: components["schemas"]["EventResult"][];
        };
        Invoice: {
            /**
             * @description Number of the invoice; null: a draft
             * @example 2026-000123
             */
            number: string | null;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description The tenant's id in the finance system of whoever runs this */
            reference: string | null;
            /** @description Whom it is made out to; null: nobody said */
            billTo: components["schemas"]["BillTo"] | null;
            period: components["schemas"]["Period"];
            /**
             * @description A draft is computed anew for every answer; final and void ones never change
             * @enum {string}
             */
            status: "draft" | "final" | "void";
            /** @description ISO 4217 */
            currency: string;
            /** @description The version; null: adjustments only */
            plan: {
                /** @description Name of the plan */
                id: string;
                /** @description From when on it applies; null: from the beginning */
                from: string;
            } | null;
            /** @description What the plan says, with what was agreed with the tenant, as the lines were made with it; null: adjustments only */
            terms: {
                /**
                 * @description ISO 4217
                 * @example BRL
                 */
                currency: string;
                /**
                 * @description Charged for every period
                 * @default 0
                 * @example 0.30
                 */
                monthlyFee: string;
                /**
                 * @description Tops up fee and usage of the period
                 * @default 0
                 * @example 0.30
                 */
                minimum: string;
                /** @description Of receptive windows */
                receptive: {
                    /** @description Receptive windows that the monthly fee includes */
                    allowance: number;
                    /**
                     * @description Monthly limit of receptive windows; nothing is ever refused for it
                     * @default null
                     */
                    limit: number | null;
                    /** @description Units beyond the allowance */
                    overage: {
                        /** @description Last unit of the tier, counted from the first; null: all further ones */
                        upTo: number | null;
                        /**
                         * @description Price of one unit, with up to 6 decimals
                         * @example 0.30
                         */
                        unitPrice: string;
                    }[];
                };
                /** @description By template category, at most 1,000; those not named share `default` */
                active: {
                    /** @description Ascending; the last one is open (`upTo` null) */
                    default: {
                        /** @description Last unit of the tier, counted from the first; null: all further ones */
                        upTo: number | null;
                        /**
                         * @description Price of one unit, with up to 6 decimals
                         * @example 0.30
                         */
                        unitPrice: string;
                    }[];
                } & {
                    [key: string]: {
                        /** @description Last unit of the tier, counted from the first; null: all further ones */
                        upTo: number | null;
                        /**
                         * @description Price of one unit, with up to 6 decimals
                         * @example 0.30
                         */
                        unitPrice: string;
                    }[];
                };
                discount?: components["schemas"]["Discount"];
            } | null;
            /** @description What is charged, line by line */
            lines: components["schemas"]["InvoiceLine"][];
            /** @description Adjustment lines that are left out, for there are some thousands: see `/v1/line-items` */
            moreLines: number;
            /**
             * @description Sum of the lines; may be negative
             * @example 199.00
             */
            total: string;
            /** @description What a draft comes to when its period ends, if windows go on at the pace so far: an estimate. null: no draft, no plan, a period that is over or has run for less than a day */
            expected: {
                /**
                 * @description Sum of the lines; may be negative
                 * @example 199.00
                 */
                total: string;
                /** @description Windows */
                receptive: number;
                /** @description Windows */
                active: number;
            } | null;
            /** @description When it became final, in its zone; null: a draft */
            issueDate: string | null;
            /** @description `paymentDays` of the tenant later; null: a draft, or nobody said */
            dueDate: string | null;
            /** @description What other systems noted; see PATCH */
            metadata: {
                [key: string]: unknown;
            };
            /** @description When it became final; null: a draft */
            finalizedAt: string | null;
            /** @description When it was taken back; null: it was not */
            voidedAt: string | null;
            /** @description Why it was taken back */
            voidReason: string | null;
            /** @description Of its last change: final, void, or something noted; for `changedAfter`. null: a draft */
            changedAt: string | null;
            /** @description Number of the voided invoice before it */
            replaces: string | null;
            /** @description Where the log stood */
            asOf: {
                /** @description By partition of the log */
                positions: {
                    /** @description Partition of the log */
                    partition: number;
                    /** @description First offset that is not covered */
                    next: number;
                    /** @description End of the log when it was asked for */
                    end: number;
                    /** @description Head of the partition's hash chain; final only */
                    chain?: string;
                }[];
                /** @description Records in the log that are not counted yet */
                lag: number;
                /** @description Whether everything in the log is counted */
                caughtUp: boolean;
            };
            /** @description SHA-256 of the RFC 8785 JSON of its windows by id, without `position`; final only */
            digest: string | null;
        };
        /**
         * @example {
         *       "expectedTotal": "199.75"
         *     }
         */
        InvoiceExpectation: {
            /** @description Total that was reviewed: with another one nothing is made final */
            expectedTotal?: string;
            /** @description Digest of the windows that were reviewed: with another one nothing is made final */
            expectedDigest?: string;
        };
        InvoiceLine: {
            /**
             * @description The same in every draft
             * @example receptive.overage:1
             */
            id: string;
            /**
             * @description What the line charges; of an error: its code at the provider
             * @example receptive.overage
             */
            code: string;
            /** @description What is charged, in the language of the tenant */
            description: string;
            /** @description The period it charges: an earlier one for an adjustment */
            period: components["schemas"]["Period"];
            /** @description How many units */
            quantity: number;
            /** @description null: an adjustment over several prices */
            unitPrice: string | null;
            /**
             * @description Quantity times price, rounded once; negative: a credit
             * @example 199.00
             */
            amount: string;
            /** @description How it came about; null: nothing to add */
            detail: (components["schemas"]["TierDetail"] | components["schemas"]["DifferenceDetail"] | components["schemas"]["AllowanceDetail"] | components["schemas"]["MinimumDetail"] | components["schemas"]["DiscountDetail"] | components["schemas"]["ManualDetail"] | components["schemas"]["CarriedDetail"] | components["schemas"]["AppliedDetail"]) | null;
        };
        /**
         * @example {
         *       "metadata": {
         *         "nfse": "2026/4711",
         *         "paid": true
         *       }
         *     }
         */
        InvoiceNote: {
            /** @description What the sender put beside it; counts for nothing */
            metadata: {
                [key: string]: unknown;
            };
        };
        InvoicePage: {
            /** @description In the order of the list */
            items: components["schemas"]["Invoice"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "id": 7,
         *       "period": "2026-10",
         *       "forAll": true,
         *       "state": "finished",
         *       "actor": "key_6b1f0c2e9a4d7358",
         *       "startedAt": "2026-11-04T12:00:00.000Z",
         *       "finishedAt": "2026-11-04T12:00:31.000Z",
         *       "progress": {
         *         "total": 2,
         *         "waiting": 0,
         *         "final": 1,
         *         "open": 1,
         *         "nothing": 0
         *       }
         *     }
         */
        InvoiceRun: {
            /** @description Of the run, counting up */
            id: number;
            /** @description A calendar month in the time zone of the tenant */
            period: string;
            /** @description It was asked for with `tenants: null` */
            forAll: boolean;
            /**
             * @description cancelling: no more invoices are begun; cancelled: none is being made any more, and those that wait stay as they are
             * @enum {string}
             */
            state: "running" | "cancelling" | "finished" | "cancelled";
            /** @description Id of the API key */
            actor: string;
            /**
             * Format: date-time
             * @description When it began
             * @example 2026-11-03T13:00:00.000Z
             */
            startedAt: string;
            /** @description Or cancelled; null while it runs */
            finishedAt: string | null;
            /** @description Tenants by what has become of them */
            progress: {
                /** @description Tenants */
                total: number;
                /** @description Those that nothing became of yet */
                waiting: number;
                /** @description Those whose invoice is final, now or before */
                final: number;
                /** @description Those that a problem kept open */
                open: number;
                /** @description Those with no plan in the period and nothing to adjust; only where all were meant */
                nothing: number;
            };
        };
        InvoiceRunPage: {
            /** @description In the order of the list */
            items: components["schemas"]["InvoiceRun"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @description A run, and in `items` what became of each tenant, by name
         * @example {
         *       "id": 7,
         *       "period": "2026-10",
         *       "forAll": true,
         *       "state": "finished",
         *       "actor": "key_6b1f0c2e9a4d7358",
         *       "startedAt": "2026-11-04T12:00:00.000Z",
         *       "finishedAt": "2026-11-04T12:00:31.000Z",
         *       "progress": {
         *         "total": 2,
         *         "waiting": 0,
         *         "final": 1,
         *         "open": 1,
         *         "nothing": 0
         *       },
         *       "items": [
         *         {
         *           "tenant": "acme",
         *           "state": "final",
         *           "invoice": "2026-000123",
         *           "problem": null
         *         },
         *         {
         *           "tenant": "globex",
         *           "state": "open",
         *           "invoice": null,
         *           "problem": {
         *             "type": "/problems/period-open",
         *             "title": "The period cannot be finalized yet",
         *             "status": 409,
         *             "detail": "2026-10 can be finalized from 2026-11-04T15:00:00.000Z on."
         *           }
         *         }
         *       ],
         *       "nextCursor": null
         *     }
         */
        InvoiceRunReport: {
            /** @description Of the run, counting up */
            id: number;
            /** @description A calendar month in the time zone of the tenant */
            period: string;
            /** @description It was asked for with `tenants: null` */
            forAll: boolean;
            /**
             * @description cancelling: no more invoices are begun; cancelled: none is being made any more, and those that wait stay as they are
             * @enum {string}
             */
            state: "running" | "cancelling" | "finished" | "cancelled";
            /** @description Id of the API key */
            actor: string;
            /**
             * Format: date-time
             * @description When it began
             * @example 2026-11-03T13:00:00.000Z
             */
            startedAt: string;
            /** @description Or cancelled; null while it runs */
            finishedAt: string | null;
            /** @description Tenants by what has become of them */
            progress: {
                /** @description Tenants */
                total: number;
                /** @description Those that nothing became of yet */
                waiting: number;
                /** @description Those whose invoice is final, now or before */
                final: number;
                /** @description Those that a problem kept open */
                open: number;
                /** @description Those with no plan in the period and nothing to adjust; only where all were meant */
                nothing: number;
            };
            /** @description In the order of the list */
            items: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /**
                 * @description How it stands
                 * @enum {string}
                 */
                state: "waiting" | "final" | "open" | "nothing";
                /** @description Number of the final invoice */
                invoice: string | null;
                /** @description What kept the invoice from being made, as finalizing the single one would answer */
                problem: {
                    /** @description What happened */
                    type: string;
                    /** @description What the error is called at the provider */
                    title: string;
                    /** @description A draft is computed anew for every answer; final and void ones never change */
                    status: number;
                    /** @description How it came about; null: nothing to add */
                    detail: string;
                } | null;
            }[];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "reason": "Wrong reference"
         *     }
         */
        InvoiceVoid: {
            /** @description Why, in words for whoever reads it later */
            reason: string;
        };
        Key: {
            /** @description Id of the key, no secret */
            id: string;
            /** @description A name for people */
            name: string;
            /** @description What the key may do */
            scopes: string[];
            /** @description The tenants the key may touch; null: all */
            tenants: string[] | null;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /** @description Id of the key that made it, `admin` or `command line`; null: not known */
            createdBy: string | null;
            /** @description null: it has no end */
            expiresAt: string | null;
            /** @description When it was revoked; null: it is good */
            revokedAt: string | null;
            /** @description Exact to a minute; null: never, or not since this is kept */
            lastUsedAt: string | null;
        };
        KeyPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Key"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "name": "sender of acme",
         *       "scopes": [
         *         "events:write"
         *       ],
         *       "tenants": [
         *         "acme"
         *       ]
         *     }
         */
        KeyTerms: {
            /** @description A name for people */
            name: string;
            /** @description What the key may do */
            scopes: ("events:write" | "events:void" | "usage:read" | "billing:read" | "billing:write" | "billing:admin" | "ops" | "portal" | "privacy" | "webhooks")[];
            /** @description The tenants the key may touch; null: all */
            tenants?: string[] | null;
            /** @description From then on the key is none; null: it has no end. Not later than the end of the key that makes it, which is the default */
            expiresAt?: string | null;
        };
        LineItem: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description The tenant's id in the finance system of whoever runs this */
            reference: string | null;
            /** @description Number; null: a draft */
            invoice: string | null;
            /**
             * @description A draft is computed anew for every answer; final and void ones never change
             * @enum {string}
             */
            status: "draft" | "final" | "void";
            invoicePeriod: components["schemas"]["Period"];
            /** @description ISO 4217 */
            currency: string;
            /** @description When it became final; null: a draft */
            finalizedAt: string | null;
            /** @description When it was taken back; null: it was not */
            voidedAt: string | null;
            /** @description Of the last change of the invoice, for `changedAfter` */
            changedAt: string | null;
            /**
             * @description The same in every draft
             * @example receptive.overage:1
             */
            id: string;
            /**
             * @description What the line charges; of an error: its code at the provider
             * @example receptive.overage
             */
            code: string;
            /** @description What is charged, in the language of the tenant */
            description: string;
            /** @description The period it charges: an earlier one for an adjustment */
            period: components["schemas"]["Period"];
            /** @description How many units */
            quantity: number;
            /** @description null: an adjustment over several prices */
            unitPrice: string | null;
            /**
             * @description Quantity times price, rounded once; negative: a credit
             * @example 199.00
             */
            amount: string;
            /** @description How it came about; null: nothing to add */
            detail: (components["schemas"]["TierDetail"] | components["schemas"]["DifferenceDetail"] | components["schemas"]["AllowanceDetail"] | components["schemas"]["MinimumDetail"] | components["schemas"]["DiscountDetail"] | components["schemas"]["ManualDetail"] | components["schemas"]["CarriedDetail"] | components["schemas"]["AppliedDetail"]) | null;
        };
        LineItemPage: {
            /** @description In the order of the list */
            items: components["schemas"]["LineItem"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        LineWindow: {
            /** @description From the conversation and the opener: the same after every rebuild */
            id: string;
            /**
             * @description Receptive: opened by the contact; active: by a template message
             * @enum {string}
             */
            kind: "receptive" | "active";
            /**
             * Format: date-time
             * @description When it opened
             * @example 2026-11-03T13:00:00.000Z
             */
            openedAt: string;
            /**
             * Format: date-time
             * @description When it closes
             * @example 2026-11-03T13:00:00.000Z
             */
            closesAt: string;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description The tenant's number or page */
            account: string;
            /** @description The end customer */
            contact: string;
            /** @description Id of the event that opened it */
            openedBy: string;
            position: components["schemas"]["Position"];
            /** @description How an active message was sent */
            origin: string | null;
            /** @description Category of the template: marketing, utility, authentication, or any other */
            category: string | null;
            /** @description The campaign that it belongs to */
            campaign: string | null;
            /**
             * @description The rule by which windows open and close
             * @enum {string}
             */
            rule: "fixed" | "fixed-tail" | "sliding";
            /**
             * @description Behind an adjustment only
             * @enum {string}
             */
            change?: "added" | "removed";
            /** @description Behind an adjustment only; null: a rebuild under other rules */
            cause?: {
                /** @description Id of the event */
                event: string;
                position: components["schemas"]["Position"];
            } | null;
        };
        LineWindowPage: {
            /** @description In the order of the list */
            items: components["schemas"]["LineWindow"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        ListedEvent: {
            /** @description Of the event; unique in its conversation */
            id: string;
            /** @description What happened */
            type: string;
            /**
             * Format: date-time
             * @description When it happened
             * @example 2026-11-03T13:00:00.000Z
             */
            occurredAt: string;
            /**
             * Format: date-time
             * @description When the service received it
             * @example 2026-11-03T13:00:00.000Z
             */
            receivedAt: string;
            position: components["schemas"]["Position"];
            /** @description Id of the API key */
            postedBy: string;
            /** @description The template message that was sent; free text has none */
            template?: {
                /** @description The name of the template */
                name: string;
                /** @description Category of the template: marketing, utility, authentication, or any other */
                category: string;
                /** @description The language of the template, as the provider calls it */
                language?: string;
            };
            /** @description How an active message was sent */
            origin?: string;
            /** @description The campaign that it belongs to */
            campaign?: string;
            /** @description Of a sent message: what receipts name. Of a receipt: the sent message's */
            message?: string;
            /** @description Why the message failed, as the provider says */
            error?: {
                /** @description What the line charges; of an error: its code at the provider */
                code: string;
                /** @description What the error is called at the provider */
                title?: string;
            };
            /** @description Id of the event that is taken back */
            target?: string;
            /** @description Why, in words for whoever reads it later */
            reason?: string;
            /** @description Who took it back */
            actor?: string;
            /** @description What the sender put beside it; counts for nothing */
            metadata?: Record<string, unknown>;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description The tenant's number or page */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * @description How it stands
             * @enum {string}
             */
            state: "effective" | "failed" | "voided" | "conflict" | "unmatched";
        };
        ListedEventPage: {
            /** @description In the order of the list */
            items: components["schemas"]["ListedEvent"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "level": "debug",
         *       "usual": "info",
         *       "until": "2026-11-27T12:15:00.000Z"
         *     }
         */
        LogLevel: {
            /**
             * @description Lines of this kind and worse are written
             * @enum {string}
             */
            level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
            /**
             * @description As `LOG_LEVEL` says
             * @enum {string}
             */
            usual: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
            /** @description When the usual one comes back; null: it is in force */
            until: string | null;
        };
        /**
         * @example {
         *       "level": "debug"
         *     }
         */
        LogLevelChange: {
            /**
             * @description Lines of this kind and worse are written
             * @enum {string}
             */
            level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
        };
        LoggedEvent: {
            /** @description Of the event; unique in its conversation */
            id: string;
            /** @description What happened */
            type: string;
            /**
             * Format: date-time
             * @description When it happened
             * @example 2026-11-03T13:00:00.000Z
             */
            occurredAt: string;
            /**
             * Format: date-time
             * @description When the service received it
             * @example 2026-11-03T13:00:00.000Z
             */
            receivedAt: string;
            position: components["schemas"]["Position"];
            /** @description Id of the API key */
            postedBy: string;
            /** @description The template message that was sent; free text has none */
            template?: {
                /** @description The name of the template */
                name: string;
                /** @description Category of the template: marketing, utility, authentication, or any other */
                category: string;
                /** @description The language of the template, as the provider calls it */
                language?: string;
            };
            /** @description How an active message was sent */
            origin?: string;
            /** @description The campaign that it belongs to */
            campaign?: string;
            /** @description Of a sent message: what receipts name. Of a receipt: the sent message's */
            message?: string;
            /** @description Why the message failed, as the provider says */
            error?: {
                /** @description What the line charges; of an error: its code at the provider */
                code: string;
                /** @description What the error is called at the provider */
                title?: string;
            };
            /** @description Id of the event that is taken back */
            target?: string;
            /** @description Why, in words for whoever reads it later */
            reason?: string;
            /** @description Who took it back */
            actor?: string;
            /** @description What the sender put beside it; counts for nothing */
            metadata?: Record<string, unknown>;
        };
        ManualDetail: {
            /** @description Why, in words for whoever reads it later */
            reason: string;
        };
        ManualLine: {
            /** @description Chosen by who enters it; its line on the invoice is `manual:<id>` */
            id: string;
            /**
             * @description The period on whose invoice it stands
             * @example 2026-11
             */
            period: string;
            /** @description What is charged, in the language of the tenant */
            description: string;
            /**
             * @description Negative: a credit
             * @example -20.00
             */
            amount: string;
            /** @description Why, in words for whoever reads it later */
            reason: string;
        };
        /**
         * @example {
         *       "period": "2026-11",
         *       "description": "Goodwill",
         *       "amount": "-20.00",
         *       "reason": "Ticket 4711"
         *     }
         */
        ManualLineContent: {
            /**
             * @description A calendar month in the time zone of the tenant
             * @example 2026-11
             */
            period: string;
            /** @description What is charged, in the language of the tenant */
            description: string;
            /**
             * @description Negative: a credit
             * @example -20.00
             */
            amount: string;
            /** @description Why, in words for whoever reads it later */
            reason: string;
        };
        ManualLinePage: {
            /** @description In the order of the list */
            items: components["schemas"]["ManualLine"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @description The contact wrote
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "wamid.A",
         *       "type": "message.received"
         *     }
         */
        MessageReceived: {
            /**
             * @description What happened
             * @constant
             */
            type: "message.received";
            /** @description Unique within the conversation, derived from the provider’s message id */
            id: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ...; upper and lower case are one */
            channel: string;
            /** @description The number or page of the tenant */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * Format: date-time
             * @description With an offset; any age, at most 5 minutes in the future
             * @example 2026-11-03T10:00:00-03:00
             */
            occurredAt: string;
            /** @description Anything, at most 4096 bytes as compact JSON */
            metadata?: Record<string, unknown>;
        };
        /**
         * @description The tenant wrote: a template message, or free text without one
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "wamid.B",
         *       "type": "message.sent",
         *       "template": {
         *         "name": "order_update",
         *         "category": "utility",
         *         "language": "pt_BR"
         *       },
         *       "origin": "campaign",
         *       "campaign": "black-friday"
         *     }
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "wamid.C",
         *       "type": "message.sent",
         *       "origin": "bot"
         *     }
         */
        MessageSent: {
            /**
             * @description What happened
             * @constant
             */
            type: "message.sent";
            /** @description Unique within the conversation, derived from the provider’s message id */
            id: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ...; upper and lower case are one */
            channel: string;
            /** @description The number or page of the tenant */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * Format: date-time
             * @description With an offset; any age, at most 5 minutes in the future
             * @example 2026-11-03T10:00:00-03:00
             */
            occurredAt: string;
            /** @description Anything, at most 4096 bytes as compact JSON */
            metadata?: Record<string, unknown>;
            /** @description The template message that was sent; free text has none */
            template?: {
                /** @description The name of the template */
                name: string;
                /** @description marketing, utility, authentication, or any other; upper and lower case are one */
                category: string;
                /** @description The language of the template, as the provider calls it */
                language?: string;
            };
            /** @description How the message was sent; default: api */
            origin?: string | ("campaign" | "manual" | "bot" | "api");
            /** @description The campaign that it belongs to */
            campaign?: string;
            /** @description The provider’s message id, which receipts name; default: `id` */
            message?: string;
        };
        MinimumDetail: {
            /**
             * @description What fee and usage of a period come to at least
             * @example 199.00
             */
            minimum: string;
            /**
             * @description What fee and usage came to without it
             * @example 199.00
             */
            charged: string;
        };
        /**
         * @example {
         *       "channel": "whatsapp",
         *       "account": null,
         *       "contact": "5511987654321",
         *       "reason": "Asked for it, ticket 4711"
         *     }
         */
        NewErasure: {
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /**
             * @description null: whatever the account
             * @default null
             */
            account: string | null;
            /** @description Or one of the aliases, compared after normalising */
            contact: string;
            /** @description For the record; it is kept sealed */
            reason: string;
        };
        /**
         * @example {
         *       "period": "2026-10",
         *       "tenants": null
         *     }
         */
        NewInvoiceRun: {
            /**
             * @description A calendar month in the time zone of the tenant
             * @example 2026-11
             */
            period: string;
            /** @description null: all that the key may touch and that may have an invoice of the period, test tenants not */
            tenants: string[] | null;
        };
        NewKey: {
            /** @description Id of the key, no secret */
            id: string;
            /** @description A name for people */
            name: string;
            /** @description What the key may do */
            scopes: string[];
            /** @description The tenants the key may touch; null: all */
            tenants: string[] | null;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /** @description Id of the key that made it, `admin` or `command line`; null: not known */
            createdBy: string | null;
            /** @description null: it has no end */
            expiresAt: string | null;
            /** @description When it was revoked; null: it is good */
            revokedAt: string | null;
            /** @description Exact to a minute; null: never, or not since this is kept */
            lastUsedAt: string | null;
            /** @description Shown this once: send it as `Authorization: Bearer <secret>` */
            secret: string;
        };
        /**
         * @example {
         *       "monthlyFee": "149.00"
         *     }
         */
        NewPlanOverrides: {
            /**
             * @description Charged for every period
             * @example 0.30
             */
            monthlyFee?: string;
            /**
             * @description What fee and usage of a period come to at least
             * @example 0.30
             */
            minimum?: string;
            /** @description Of receptive windows */
            receptive?: {
                /** @description Receptive windows that the monthly fee includes */
                allowance: number;
                /**
                 * @description Monthly limit of receptive windows; nothing is ever refused for it
                 * @default null
                 */
                limit: number | null;
                /** @description Units beyond the allowance */
                overage: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description By template category, at most 1,000; those not named share `default` */
            active?: {
                /** @description Ascending; the last one is open (`upTo` null) */
                default: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            } & {
                [key: string]: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
        };
        /**
         * @example {
         *       "minutes": 60,
         *       "invoices": true,
         *       "language": "pt-BR"
         *     }
         */
        NewPortalLink: {
            /**
             * @description How long it is good; never longer than the key that makes it
             * @default 60
             */
            minutes: number;
            /**
             * @description Whether it shows amounts and invoices
             * @default true
             */
            invoices: boolean;
            /**
             * @description Of its pages; default: the tenant's
             * @enum {string}
             */
            language?: "pt-BR" | "en";
        };
        /**
         * @example {}
         * @example {
         *       "all": [
         *         {
         *           "from": null,
         *           "rule": "sliding",
         *           "hours": 24,
         *           "activeWhen": "sent"
         *         }
         *       ],
         *       "period": "2026-11"
         *     }
         */
        NewRebuild: {
            /** @description By tenant: the rules to judge it by in place of its own */
            rules?: {
                [key: string]: {
                    /** @description From when on it applies; null: from the beginning */
                    from: string | null;
                    /**
                     * @description The rule by which windows open and close
                     * @enum {string}
                     */
                    rule: "fixed" | "fixed-tail" | "sliding";
                    /**
                     * @description How long a window is open
                     * @default 24
                     */
                    hours: number;
                    /**
                     * @description Whether a template counts once it is sent, or only once it is delivered or read
                     * @default sent
                     * @enum {string}
                     */
                    activeWhen: "sent" | "delivered";
                }[];
            };
            /** @description The same for every tenant not named in `rules` */
            all?: {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description The rule by which windows open and close
                 * @enum {string}
                 */
                rule: "fixed" | "fixed-tail" | "sliding";
                /**
                 * @description How long a window is open
                 * @default 24
                 */
                hours: number;
                /**
                 * @description Whether a template counts once it is sent, or only once it is delivered or read
                 * @default sent
                 * @enum {string}
                 */
                activeWhen: "sent" | "delivered";
            }[];
            /**
             * @description Compare this one only, the question of a what-if that nobody means to promote
             * @example 2026-11
             */
            period?: string;
        };
        NewWebhook: {
            /** @description Of the webhook */
            id: string;
            /** @description Where notifications are posted */
            url: string;
            /** @description What it is told of; null: everything */
            types: string[] | null;
            /** @description Whose notifications; null: all */
            tenants: string[] | null;
            /** @description For people */
            description: string;
            /** @description Whether it is told anything */
            enabled: boolean;
            /** @description Why the service disabled it: it answered 410, a delivery was tried in vain to the end, or nothing succeeded for 5 days */
            disabledBecause: ("gone" | "retries-exhausted" | "no-success") | null;
            /** @description The first attempt since the last success that failed; null: none did */
            failingSince: string | null;
            /** @description Until when the secret before the last rotation signs too */
            formerSecretUntil: string | null;
            /** @description Id of the API key */
            createdBy: string;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            updatedAt: string;
            /** @description Signs requests, as Standard Webhooks has it; shown this once: `whsec_...` */
            secret: string;
        };
        NoneAccepted: {
            /** @description Path of a page that explains the problem */
            type: string;
            /** @description The same for every problem of the type */
            title: string;
            /** @description The HTTP status */
            status: number;
            /** @description What is wrong with this very request */
            detail?: string;
            /** @description The places that are wrong, at most 20 */
            errors?: {
                /** @description JSON pointer into the body */
                pointer?: string;
                /** @description Name of a parameter of the path or query, or of a header */
                parameter?: string;
                /** @description How it came about; null: nothing to add */
                detail: string;
            }[];
            /** @description As in the header `x-request-id` */
            requestId?: string;
            /** @description How many further places are wrong; of a body of more than 2,000 values only the first is looked for */
            moreErrors?: number;
            /**
             * @description Who promoted it although it differs; null: nobody had to
             * @constant
             */
            accepted: 0;
            /** @description How many were rejected */
            rejected: number;
            /** @description By place in the request */
            results: components["schemas"]["EventResult"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * @description An empty object
         * @example {}
         */
        Nothing: Record<string, unknown>;
        PayloadPreview: {
            /** @description What would be logged */
            events: {
                /** @description JSON pointer into the payload */
                pointer: string;
                /** @description As POST /v1/events takes it */
                event: {
                    [key: string]: unknown;
                };
            }[];
            /** @description What is no event and should be none */
            skipped: {
                /** @description JSON pointer into the payload */
                pointer: string;
                /** @description Why, in words for people */
                detail: string;
            }[];
            /** @description What would be kept as unmapped */
            unmapped: {
                /** @description JSON pointer into the payload */
                pointer: string;
                /** @description Why, in words for people */
                detail: string;
                /**
                 * @description Why, in words for whoever reads it later
                 * @enum {string}
                 */
                reason: "no-tenant" | "unknown-form" | "rejected";
            }[];
            /** @description Contact links that it would make */
            links: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description What the contact is called too */
                alias: string;
                /** @description The end customer */
                contact: string;
            }[];
        };
        /** @description A calendar month in the tenant's zone; `end` is exclusive */
        Period: {
            /** @description The month, as requests name it */
            id: string;
            /**
             * Format: date-time
             * @description When it starts
             * @example 2026-11-03T13:00:00.000Z
             */
            start: string;
            /**
             * Format: date-time
             * @description End of the partition, as last seen
             * @example 2026-11-03T13:00:00.000Z
             */
            end: string;
            /** @description IANA name; or a timeline of them */
            timeZone: string;
        };
        PersonalData: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description In normal form; of an alias the contact that it is linked to */
            contact: string;
            /** @description Aliases of the contact */
            links: components["schemas"]["ContactLink"][];
            /** @description By (openedAt, id) */
            windows: components["schemas"]["Window"][];
            /** @description By conversation, then as they count */
            events: components["schemas"]["ListedEvent"][];
        };
        Plan: {
            /** @description Name of the plan */
            plan: string;
            /** @description ISO 4217 */
            currency: string;
            /** @description Keys limited to tenants see it although none of these has it */
            public: boolean;
            /** @description By period, the earliest first */
            versions: components["schemas"]["PlanVersion"][];
        };
        /**
         * @example {
         *       "public": true
         *     }
         */
        PlanMarks: {
            /** @description Keys limited to tenants see it although none of these has it */
            public: boolean;
        };
        /**
         * @example {
         *       "monthlyFee": "149.00"
         *     }
         */
        PlanOverrides: {
            /**
             * @description Charged for every period
             * @example 0.30
             */
            monthlyFee?: string;
            /**
             * @description What fee and usage of a period come to at least
             * @example 0.30
             */
            minimum?: string;
            /** @description Of receptive windows */
            receptive?: {
                /** @description Receptive windows that the monthly fee includes */
                allowance: number;
                /**
                 * @description Monthly limit of receptive windows; nothing is ever refused for it
                 * @default null
                 */
                limit: number | null;
                /** @description Units beyond the allowance */
                overage: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description By template category, at most 1,000; those not named share `default` */
            active?: {
                /** @description Ascending; the last one is open (`upTo` null) */
                default: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            } & {
                [key: string]: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
        };
        PlanPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Plan"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "currency": "BRL",
         *       "monthlyFee": "199.00",
         *       "minimum": "0",
         *       "receptive": {
         *         "allowance": 1000,
         *         "limit": 5000,
         *         "overage": [
         *           {
         *             "upTo": 2000,
         *             "unitPrice": "0.30"
         *           },
         *           {
         *             "upTo": null,
         *             "unitPrice": "0.25"
         *           }
         *         ]
         *       },
         *       "active": {
         *         "default": [
         *           {
         *             "upTo": null,
         *             "unitPrice": "0.45"
         *           }
         *         ],
         *         "marketing": [
         *           {
         *             "upTo": null,
         *             "unitPrice": "0.60"
         *           }
         *         ]
         *       }
         *     }
         */
        PlanTerms: {
            /**
             * @description ISO 4217
             * @example BRL
             */
            currency: string;
            /**
             * @description Charged for every period
             * @default 0
             * @example 0.30
             */
            monthlyFee: string;
            /**
             * @description Tops up fee and usage of the period
             * @default 0
             * @example 0.30
             */
            minimum: string;
            /** @description Of receptive windows */
            receptive: {
                /** @description Receptive windows that the monthly fee includes */
                allowance: number;
                /**
                 * @description Monthly limit of receptive windows; nothing is ever refused for it
                 * @default null
                 */
                limit: number | null;
                /** @description Units beyond the allowance */
                overage: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description By template category, at most 1,000; those not named share `default` */
            active: {
                /** @description Ascending; the last one is open (`upTo` null) */
                default: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            } & {
                [key: string]: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description Of all subscribers that have none of their own. Left out: as they are; a new version takes over those of the one before. Also for a version that invoices stand on */
            thresholds?: components["schemas"]["Threshold"][];
        };
        PlanVersion: {
            /** @description Name of the plan */
            plan: string;
            /**
             * @description From when on it applies; null: from the beginning
             * @example 2026-11
             */
            from: string;
            /**
             * @description ISO 4217
             * @example BRL
             */
            currency: string;
            /**
             * @description Charged for every period
             * @default 0
             * @example 0.30
             */
            monthlyFee: string;
            /**
             * @description Tops up fee and usage of the period
             * @default 0
             * @example 0.30
             */
            minimum: string;
            /** @description Of receptive windows */
            receptive: {
                /** @description Receptive windows that the monthly fee includes */
                allowance: number;
                /**
                 * @description Monthly limit of receptive windows; nothing is ever refused for it
                 * @default null
                 */
                limit: number | null;
                /** @description Units beyond the allowance */
                overage: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description By template category, at most 1,000; those not named share `default` */
            active: {
                /** @description Ascending; the last one is open (`upTo` null) */
                default: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            } & {
                [key: string]: {
                    /** @description Last unit of the tier, counted from the first; null: all further ones */
                    upTo: number | null;
                    /**
                     * @description Price of one unit, with up to 6 decimals
                     * @example 0.30
                     */
                    unitPrice: string;
                }[];
            };
            /** @description Of all subscribers that have none of their own */
            thresholds: components["schemas"]["Threshold"][];
        };
        PortalLink: {
            /**
             * @description Opens the pages of the tenant; whoever has it sees them
             * @example https://janela.example/portal/qX0b3kqzT0c0pP1m0d6b1l2n7S0m8Vh5J3yY9wqkq0E
             */
            url: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /**
             * Format: date-time
             * @description From then on the link shows nothing
             * @example 2026-11-03T13:00:00.000Z
             */
            expiresAt: string;
        };
        /** @description Where a record stands in the log */
        Position: {
            /** @description Partition of the log */
            partition: number;
            /** @description Place in the partition */
            offset: number;
        };
        Problem: {
            /** @description Path of a page that explains the problem */
            type: string;
            /** @description The same for every problem of the type */
            title: string;
            /** @description The HTTP status */
            status: number;
            /** @description What is wrong with this very request */
            detail?: string;
            /** @description The places that are wrong, at most 20 */
            errors?: {
                /** @description JSON pointer into the body */
                pointer?: string;
                /** @description Name of a parameter of the path or query, or of a header */
                parameter?: string;
                /** @description What is wrong at this place */
                detail: string;
            }[];
            /** @description As in the header `x-request-id` */
            requestId?: string;
            /** @description How many further places are wrong; of a body of more than 2,000 values only the first is looked for */
            moreErrors?: number;
        } & {
            [key: string]: unknown;
        };
        Projection: {
            /** @description By partition of the log */
            partitions: {
                /** @description Partition of the log */
                partition: number;
                /** @description First offset not yet counted */
                next: number;
                /** @description End of the partition, as last seen */
                end: number;
                /** @description Records in the log that are not counted yet */
                lag: number;
                /** @description null: another process works on it */
                eventsPerSecond: number | null;
                /** @description What went wrong last, if nothing went well since; a key that is limited to tenants learns only that something did */
                lastError: {
                    /** @description What was said */
                    message: string;
                    /**
                     * Format: date-time
                     * @description When
                     * @example 2026-11-03T13:00:00.000Z
                     */
                    at: string;
                } | null;
            }[];
            /** @description Records in the log that are not counted yet */
            lag: number;
            /** @description Whether everything in the log is counted */
            caughtUp: boolean;
        };
        QuarantineItem: {
            position: components["schemas"]["Position"];
            /**
             * @description In conflict with an event of the same id, or not readable
             * @enum {string}
             */
            reason: "conflict" | "unreadable";
            /** @description What is wrong with it */
            detail: string;
            /** @description null: the record could not be read; absent where the key lacks `usage:read` */
            event?: {
                /** @description Of the event; unique in its conversation */
                id: string;
                /** @description What happened */
                type: string;
                /**
                 * Format: date-time
                 * @description When it happened
                 * @example 2026-11-03T13:00:00.000Z
                 */
                occurredAt: string;
                /**
                 * Format: date-time
                 * @description When the service received it
                 * @example 2026-11-03T13:00:00.000Z
                 */
                receivedAt: string;
                position: components["schemas"]["Position"];
                /** @description Id of the API key */
                postedBy: string;
                /** @description The template message that was sent; free text has none */
                template?: {
                    /** @description The name of the template */
                    name: string;
                    /** @description Category of the template: marketing, utility, authentication, or any other */
                    category: string;
                    /** @description The language of the template, as the provider calls it */
                    language?: string;
                };
                /** @description How an active message was sent */
                origin?: string;
                /** @description The campaign that it belongs to */
                campaign?: string;
                /** @description Of a sent message: what receipts name. Of a receipt: the sent message's */
                message?: string;
                /** @description Why the message failed, as the provider says */
                error?: {
                    /** @description What the line charges; of an error: its code at the provider */
                    code: string;
                    /** @description What the error is called at the provider */
                    title?: string;
                };
                /** @description Id of the event that is taken back */
                target?: string;
                /** @description In conflict with an event of the same id, or not readable */
                reason?: string;
                /** @description Who took it back */
                actor?: string;
                /** @description What the sender put beside it; counts for nothing */
                metadata?: Record<string, unknown>;
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description The tenant's number or page */
                account: string;
                /** @description The end customer */
                contact: string;
            } | null;
            /** @description Text of a record that could not be read; absent where the key lacks `usage:read` */
            record?: string | null;
        };
        QuarantineItemPage: {
            /** @description In the order of the list */
            items: components["schemas"]["QuarantineItem"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        Rebuild: {
            /** @description Counts up */
            id: string;
            /**
             * @description How it stands
             * @enum {string}
             */
            state: "running" | "caught-up" | "promoted" | "rolled-back" | "discarded" | "failed";
            /**
             * Format: date-time
             * @description When it began
             * @example 2026-11-03T13:00:00.000Z
             */
            startedAt: string;
            /** @description Id of the API key */
            startedBy: string;
            /**
             * Format: date-time
             * @description When it last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            changedAt: string;
            /** @description Why it failed; null: it did not */
            error: string | null;
            /** @description Of a what-if: the tenants that it judges by other rules than their own */
            rules: {
                [key: string]: {
                    /** @description From when on it applies; null: from the beginning */
                    from: string | null;
                    /**
                     * @description The rule by which windows open and close
                     * @enum {string}
                     */
                    rule: "fixed" | "fixed-tail" | "sliding";
                    /** @description How long a window is open */
                    hours: number;
                    /**
                     * @description Whether a template counts once it is sent, or only once it is delivered or read
                     * @enum {string}
                     */
                    activeWhen: "sent" | "delivered";
                }[];
            } | null;
            /** @description Of a what-if: the rules of every tenant not named in `rules` */
            all: {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description The rule by which windows open and close
                 * @enum {string}
                 */
                rule: "fixed" | "fixed-tail" | "sliding";
                /** @description How long a window is open */
                hours: number;
                /**
                 * @description Whether a template counts once it is sent, or only once it is delivered or read
                 * @enum {string}
                 */
                activeWhen: "sent" | "delivered";
            }[] | null;
            /** @description The only one that is compared; null: all */
            period: string | null;
            /** @description null: nobody works on it any more */
            progress: {
                /**
                 * @description What it is doing
                 * @enum {string}
                 */
                phase: "load" | "fold" | "index" | "compare" | "follow" | "rollback";
                /** @description Records done in this phase */
                done: number;
                /** @description 0: not known */
                total: number;
                /** @description Records per second */
                rate: number;
                /** @description Of this phase; null: not known */
                etaSeconds: number | null;
                /** @description By partition of the log */
                partitions: {
                    /** @description Partition of the log */
                    partition: number;
                    /** @description First offset not yet counted */
                    next: number;
                    /** @description End of the partition, as last seen */
                    end: number;
                }[];
            } | null;
            /** @description Where live and rebuilt were compared */
            positions: {
                /** @description Partition of the log */
                partition: number;
                /** @description First offset not yet counted */
                next: number;
            }[] | null;
            /** @description Rows by table on either side */
            counts: {
                /** @description Rows by table */
                live: {
                    [key: string]: number;
                };
                /** @description Rows by table */
                rebuilt: {
                    [key: string]: number;
                };
            } | null;
            /** @description Hashes of all rows on either side */
            digests: {
                /** @description By the live projection */
                live: string;
                /** @description By the rebuilt one */
                rebuilt: string;
            } | null;
            /** @description What is not the same on both sides */
            differences: {
                /** @description How many there are */
                count: number;
                /** @description In the order of the list */
                items: components["schemas"]["RebuildDifference"][];
            } | null;
            /** @description The answer to a what-if: windows and money as they are and as they would be */
            usage: components["schemas"]["ComparedUsage"] | null;
            /** @description Who promoted it although it differs; null: nobody had to */
            accepted: {
                /** @description Id of the API key */
                by: string;
                /** @description Why it was promoted although it differs */
                reason: string | null;
            } | null;
        };
        RebuildDifference: {
            /** @description null: it concerns no single tenant */
            tenant: string | null;
            /** @description null: it concerns no single period */
            period: string | null;
            /** @description The table in which they differ */
            table: string;
            /** @description Rows that only the live projection has */
            live: number;
            /** @description Rows that only the rebuilt one has */
            rebuilt: number;
            /** @description Rows that both have with other values */
            changed: number;
            /** @description The first few, as sentences, which name contacts; absent where the key lacks `usage:read` */
            samples?: string[];
            /** @description Where windows of a final period differ; else null; absent where the key lacks `billing:read` */
            money?: components["schemas"]["ComparedMoney"] | null;
        };
        RebuildPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Rebuild"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @description What became of a sent message; recommended id: `<message>:<type>`
         * @example {
         *       "tenant": "acme",
         *       "channel": "whatsapp",
         *       "account": "551140000001",
         *       "contact": "5511987654321",
         *       "occurredAt": "2026-11-03T10:00:00-03:00",
         *       "id": "wamid.B:message.failed",
         *       "type": "message.failed",
         *       "message": "wamid.B",
         *       "error": {
         *         "code": 131026,
         *         "title": "Message undeliverable"
         *       }
         *     }
         */
        Receipt: {
            /**
             * @description What happened
             * @enum {string}
             */
            type: "message.delivered" | "message.read" | "message.failed";
            /** @description Unique within the conversation, derived from the provider’s message id */
            id: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description whatsapp, instagram, messenger, webchat, ...; upper and lower case are one */
            channel: string;
            /** @description The number or page of the tenant */
            account: string;
            /** @description The end customer */
            contact: string;
            /**
             * Format: date-time
             * @description With an offset; any age, at most 5 minutes in the future
             * @example 2026-11-03T10:00:00-03:00
             */
            occurredAt: string;
            /** @description Anything, at most 4096 bytes as compact JSON */
            metadata?: Record<string, unknown>;
            /** @description The `message` of the sent one */
            message: string;
            /** @description Why the message failed, as the provider says */
            error?: {
                /** @description What the line charges; of an error: its code at the provider */
                code: string | number;
                /** @description What the error is called at the provider */
                title?: string;
            };
        };
        /**
         * @example {
         *       "since": "2026-11-03T10:00:00-03:00"
         *     }
         */
        ReplayTerms: {
            /**
             * Format: date-time
             * @description At most 30 days ago
             * @example 2026-11-03T10:00:00-03:00
             */
            since: string;
        };
        Replayed: {
            /** @description How many notifications are sent again */
            deliveries: number;
        };
        /** @description Keys made with a revoked one, by themselves or their children, that were good until now */
        RevokedKey: {
            /** @description By id, at most 1000, as they are now */
            children: components["schemas"]["Key"][];
            /** @description How many children there are */
            count: number;
        };
        Subscription: {
            /** @description Name of the plan */
            plan: string;
            /** @description From when on it applies; null: from the beginning */
            from: string;
            /** @description First period no longer covered; null: open */
            until: string | null;
            /** @description Members of a plan version that this tenant has in another way */
            overrides: components["schemas"]["PlanOverrides"] | null;
            /** @description Share of fee, usage and minimum that the tenant is let off */
            discount: components["schemas"]["Discount"] | null;
        };
        SubscriptionPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Subscription"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "plan": "pro",
         *       "until": null
         *     }
         */
        SubscriptionTerms: {
            /** @description Name of the plan */
            plan: string;
            /**
             * @description First period no longer covered; null: open
             * @default null
             */
            until: string | null;
            /**
             * @description Members of a plan version that this tenant has in another way
             * @default null
             */
            overrides: components["schemas"]["NewPlanOverrides"] | null;
            /**
             * @description Share of fee, usage and minimum that the tenant is let off
             * @default null
             */
            discount: components["schemas"]["Discount"] | null;
            /**
             * @description It is meant to begin more than 36 months ago
             * @constant
             */
            confirm?: true;
        };
        TakenPayload: {
            /** @description How many events the log has of it */
            events: number;
            /** @description How many parts are kept that could not be mapped */
            unmapped: number;
        };
        Tenant: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description A name for people */
            name: string;
            /** @description The tenant's id in the finance system of whoever runs this */
            reference: string | null;
            /**
             * @description Of texts for people: Brazilian Portuguese or English
             * @enum {string}
             */
            language: "pt-BR" | "en";
            /** @description Metered but never invoiced */
            test: boolean;
            /** @description Whom it is made out to; null: nobody said */
            billTo: components["schemas"]["BillTo"] | null;
            /** @description Days from the issue of an invoice until it is due; null: nobody said */
            paymentDays: number | null;
            /**
             * @description What becomes of a total below zero: finance settles it, or the next invoices take it back
             * @enum {string}
             */
            credit: "settle" | "carry";
            /** @description IANA name; or a timeline of them */
            timeZone: string | {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /** @description IANA name of a time zone */
                zone: string;
            }[];
            /** @description A timeline of rules: `from` null first */
            rules: {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description The rule by which windows open and close
                 * @enum {string}
                 */
                rule: "fixed" | "fixed-tail" | "sliding";
                /** @description How long a window is open */
                hours: number;
                /**
                 * @description Whether a template counts once it is sent, or only once it is delivered or read
                 * @enum {string}
                 */
                activeWhen: "sent" | "delivered";
            }[];
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            updatedAt: string;
        };
        /**
         * @example {
         *       "name": "Acme Ltda.",
         *       "reference": "C-4711",
         *       "language": "pt-BR",
         *       "timeZone": "America/Sao_Paulo"
         *     }
         * @example {
         *       "rules": [
         *         {
         *           "from": null,
         *           "rule": "fixed",
         *           "hours": 24,
         *           "activeWhen": "sent"
         *         }
         *       ]
         *     }
         */
        TenantChange: {
            /** @description A name for people */
            name?: string;
            /** @description The tenant's id in the finance system of whoever runs this */
            reference?: string | null;
            /**
             * @description Of texts for people: Brazilian Portuguese or English
             * @enum {string}
             */
            language?: "pt-BR" | "en";
            /** @description Metered but never invoiced */
            test?: boolean;
            /** @description Whom it is made out to; null: nobody said */
            billTo?: {
                /** @description A name for people */
                name: string;
                /**
                 * @description CNPJ, CPF, or another country's
                 * @default null
                 */
                taxId: string | null;
                /**
                 * @description Postal address
                 * @default null
                 */
                address: string | null;
                /**
                 * @description Address of mail
                 * @default null
                 */
                email: string | null;
            } | null;
            /** @description Days from the issue of an invoice until it is due; null: nobody said */
            paymentDays?: number | null;
            /**
             * @description What becomes of a total below zero: finance settles it, or the next invoices take it back
             * @enum {string}
             */
            credit?: "settle" | "carry";
            /** @description An IANA name, or a timeline: `from` null first, then periods ascending. Default: America/Sao_Paulo */
            timeZone?: string | {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description IANA name of a time zone
                 * @example America/Sao_Paulo
                 */
                zone: string;
            }[];
            /** @description A timeline: `from` null first, then instants ascending */
            rules?: {
                /** @description From when on it applies; null: from the beginning */
                from: string | null;
                /**
                 * @description The rule by which windows open and close
                 * @enum {string}
                 */
                rule: "fixed" | "fixed-tail" | "sliding";
                /**
                 * @description How long a window is open
                 * @default 24
                 */
                hours: number;
                /**
                 * @description Whether a template counts once it is sent, or only once it is delivered or read
                 * @default sent
                 * @enum {string}
                 */
                activeWhen: "sent" | "delivered";
            }[];
        };
        TenantCredit: {
            /** @description In the order of the list */
            items: components["schemas"]["CarriedCredit"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /**
             * @description Whether totals below zero are carried now; what was carried is taken back either way
             * @enum {string}
             */
            credit: "settle" | "carry";
            /** @description ISO 4217; null: nothing was ever carried */
            currency: string | null;
            /**
             * @description What invoices that came to less than zero left for later ones
             * @example 30.00
             */
            carried: string;
            /**
             * @description What later invoices took back of it
             * @example 30.00
             */
            applied: string;
            /**
             * @description What the next invoices made final take back: `carried` less `applied`
             * @example 30.00
             */
            left: string;
        };
        TenantPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Tenant"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "thresholds": [
         *         {
         *           "of": "allowance",
         *           "percent": 80
         *         },
         *         {
         *           "of": "active",
         *           "count": 500
         *         }
         *       ]
         *     }
         */
        TenantThresholdTerms: {
            /** @description null: those of its plan; an empty list: none, whatever the plan says */
            thresholds: components["schemas"]["Threshold"][] | null;
        };
        TenantThresholds: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            period: components["schemas"]["Period"];
            /** @description Those set for the tenant; null: those of its plan hold */
            own: components["schemas"]["Threshold"][] | null;
            /** @description Those that hold in the period */
            thresholds: {
                threshold: components["schemas"]["Threshold"];
                /**
                 * @description Who set it
                 * @enum {string}
                 */
                source: "tenant" | "plan";
                /**
                 * @description First period that it is judged in
                 * @example 2026-11
                 */
                since: string;
                /** @description How many windows reach it; null: none can, for there is no plan or no limit */
                windows: number | null;
                /** @description null: it did not in this period */
                fired: {
                    /**
                     * Format: date-time
                     * @description When it was seen
                     * @example 2026-11-03T13:00:00.000Z
                     */
                    at: string;
                    /** @description As many as there were then */
                    windows: number;
                } | null;
            }[];
            /** @description What fired in the period of thresholds that do not hold any more */
            former: {
                /**
                 * Format: date-time
                 * @description When it was seen
                 * @example 2026-11-03T13:00:00.000Z
                 */
                at: string;
                /** @description As many as there were then */
                windows: number;
                /**
                 * @description What it was of
                 * @example allowance:90%
                 */
                threshold: string;
            }[];
        };
        TenantUsage: {
            /** @description A name for people */
            name: string;
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description Whether anybody registered the tenant; if not, the defaults apply */
            registered: boolean;
            /** @description Metered but never invoiced */
            test: boolean;
            /** @description Name of the plan */
            plan: string | null;
            period: components["schemas"]["Period"];
            /**
             * @description How it stands
             * @enum {string}
             */
            state: "open" | "grace" | "closable" | "final";
            /** @description What the standing invoice counted */
            invoiced: {
                /** @description Number of the invoice; null: a draft */
                number: string;
                /** @description Of receptive windows */
                receptive: number;
                /** @description Of active windows */
                active: number;
                /**
                 * Format: date-time
                 * @description When it became final; null: a draft
                 * @example 2026-11-03T13:00:00.000Z
                 */
                finalizedAt: string;
            } | null;
            /** @description Of receptive windows */
            receptive: {
                /** @description How many windows */
                windows: number;
                /** @description Receptive windows that the monthly fee includes */
                allowance: number | null;
                /** @description What is left of the allowance */
                remaining: number | null;
                /** @description Receptive windows beyond the allowance */
                overage: number | null;
                /** @description Monthly limit of receptive windows; nothing is ever refused for it */
                limit: number | null;
                /** @description Whether there are more receptive windows than the limit */
                overLimit: boolean;
            };
            /** @description Of active windows */
            active: {
                /** @description How many windows */
                windows: number;
            };
            /** @description Distinct messages that were not voided, failed ones too, in the period of their own instant */
            messages: {
                /** @description From contacts */
                received: number;
                /** @description Template messages sent */
                templates: number;
                /** @description Free text sent */
                freeForm: number;
            };
            /** @description In the order of `groupBy`; empty without it */
            groups: components["schemas"]["UsageGroup"][];
        };
        /**
         * @example {
         *       "of": "allowance",
         *       "percent": 80
         *     }
         */
        Threshold: {
            /**
             * @description What the plan says of receptive windows
             * @enum {string}
             */
            of: "allowance" | "limit";
            /** @description Reached by as many windows, rounded up */
            percent: number;
        } | {
            /**
             * @description Windows of a kind
             * @enum {string}
             */
            of: "receptive" | "active";
            /** @description Reached by as many windows */
            count: number;
        };
        TierDetail: {
            /** @description Which tier, from 1 */
            tier: number;
            /** @description First unit of the tier */
            from: number;
            /** @description Last unit of the tier, counted from the first; null: all further ones */
            upTo: number | null;
        };
        UnmappedPart: {
            /** @description In the order in which they came */
            id: number;
            /**
             * Format: date-time
             * @description When the service received it
             * @example 2026-11-03T13:00:00.000Z
             */
            receivedAt: string;
            /**
             * @description It belongs to no tenant, has a form that nobody here knows, or makes an event that is refused
             * @enum {string}
             */
            reason: "no-tenant" | "unknown-form" | "rejected";
            /** @description The same in words for people */
            detail: string;
            /** @description As though the part had come alone */
            payload: unknown;
        };
        UnmappedPartPage: {
            /** @description In the order of the list */
            items: components["schemas"]["UnmappedPart"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        UnmappedRetry: {
            /** @description Parts that were mapped again, at most 10000 a request */
            retried: number;
            /** @description Those of them that are events now, or known to be none */
            taken: number;
        };
        /**
         * @example {
         *       "from": "2026-11-27T10:00:00.000Z",
         *       "to": "2026-11-27T11:00:00.000Z",
         *       "events": 3,
         *       "items": [
         *         {
         *           "tenant": "acme",
         *           "type": "message.failed",
         *           "events": 3
         *         }
         *       ]
         *     }
         */
        Unmatched: {
            /** @description Received from then on; null: nothing is judged yet */
            from: string | null;
            /** @description And before then */
            to: string | null;
            /** @description All of them, of the tenants of the key */
            events: number;
            /** @description By tenant and type, those with the most first, at most 1,000 */
            items: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Of the receipts, or `event.voided` */
                type: string;
                /** @description What happened inside, in the order in which it counts */
                events: number;
            }[];
        };
        Usage: {
            /** @description The company whose conversations are metered and who gets the invoice */
            tenant: string;
            /** @description Whether anybody registered the tenant; if not, the defaults apply */
            registered: boolean;
            /** @description Metered but never invoiced */
            test: boolean;
            /** @description Name of the plan; null: none applies */
            plan: string | null;
            period: components["schemas"]["Period"];
            /**
             * @description How it stands
             * @enum {string}
             */
            state: "open" | "grace" | "closable" | "final";
            /** @description What the standing invoice counted */
            invoiced: {
                /** @description Number of the invoice; null: a draft */
                number: string;
                /** @description Of receptive windows */
                receptive: number;
                /** @description Of active windows */
                active: number;
                /**
                 * Format: date-time
                 * @description When it became final; null: a draft
                 * @example 2026-11-03T13:00:00.000Z
                 */
                finalizedAt: string;
            } | null;
            /** @description Of receptive windows */
            receptive: {
                /** @description How many windows */
                windows: number;
                /** @description Receptive windows that the monthly fee includes */
                allowance: number | null;
                /** @description What is left of the allowance */
                remaining: number | null;
                /** @description Receptive windows beyond the allowance */
                overage: number | null;
                /** @description Monthly limit of receptive windows; nothing is ever refused for it */
                limit: number | null;
                /** @description Whether there are more receptive windows than the limit */
                overLimit: boolean;
            };
            /** @description Of active windows */
            active: {
                /** @description How many windows */
                windows: number;
            };
            /** @description Distinct messages that were not voided, failed ones too, in the period of their own instant */
            messages: {
                /** @description From contacts */
                received: number;
                /** @description Template messages sent */
                templates: number;
                /** @description Free text sent */
                freeForm: number;
            };
            /** @description In the order of `groupBy`; empty without it */
            groups: components["schemas"]["UsageGroup"][];
            asOf: components["schemas"]["AsOf"];
        };
        /** @description Windows that share the values of `groupBy`; null where windows have none */
        UsageGroup: {
            /**
             * @description Local day in the tenant's zone
             * @example 2026-11-03
             */
            day?: string;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel?: string;
            /** @description The tenant's number or page */
            account?: string;
            /** @description How an active message was sent */
            origin?: string | null;
            /** @description Category of the template: marketing, utility, authentication, or any other */
            category?: string | null;
            /** @description The campaign that it belongs to */
            campaign?: string | null;
            /** @description Of receptive windows */
            receptive: number;
            /** @description Of active windows */
            active: number;
        };
        UsageHistory: {
            /** @description By period */
            items: components["schemas"]["TenantUsage"][];
            asOf: components["schemas"]["AsOf"];
        };
        UsagePage: {
            /** @description In the order of the list */
            items: components["schemas"]["TenantUsage"][];
            asOf: components["schemas"]["AsOf"];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "of": "projection",
         *           "state": "holds",
         *           "requestedAt": null,
         *           "difference": null,
         *           "mend": null,
         *           "verifiedAt": "2026-11-27T12:00:00.000Z"
         *         }
         *       ]
         *     }
         */
        Verification: {
            /** @description In the order of the list */
            items: {
                /**
                 * @description What was verified
                 * @enum {string}
                 */
                of: "projection" | "invoices";
                /**
                 * @description waiting: somebody asked, and it has not ended yet; holds or broken: what was found last; never: none has ended, and nobody asked
                 * @enum {string}
                 */
                state: "waiting" | "holds" | "broken" | "never";
                /** @description When somebody last asked; null: nobody did */
                requestedAt: string | null;
                /** @description When the last one began; null: there was none */
                verifiedAt: string | null;
                /** @description The first thing that is wrong; null: nothing, or the key is limited to tenants */
                difference: string | null;
                /** @description What to do about it */
                mend: string | null;
            }[];
        };
        Webhook: {
            /** @description Of the webhook */
            id: string;
            /** @description Where notifications are posted */
            url: string;
            /** @description What it is told of; null: everything */
            types: string[] | null;
            /** @description Whose notifications; null: all */
            tenants: string[] | null;
            /** @description For people */
            description: string;
            /** @description Whether it is told anything */
            enabled: boolean;
            /** @description Why the service disabled it: it answered 410, a delivery was tried in vain to the end, or nothing succeeded for 5 days */
            disabledBecause: ("gone" | "retries-exhausted" | "no-success") | null;
            /** @description The first attempt since the last success that failed; null: none did */
            failingSince: string | null;
            /** @description Until when the secret before the last rotation signs too */
            formerSecretUntil: string | null;
            /** @description Id of the API key */
            createdBy: string;
            /**
             * Format: date-time
             * @description When it was made
             * @example 2026-11-03T13:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed
             * @example 2026-11-03T13:00:00.000Z
             */
            updatedAt: string;
        };
        /**
         * @example {
         *       "enabled": true
         *     }
         */
        WebhookChange: {
            /** @description Where notifications are posted; https */
            url?: string;
            /** @description What it is told of; null: everything */
            types?: ("usage.threshold-reached" | "invoice.finalized" | "invoice.voided" | "invoice.adjustment-due" | "invoice-run.finished" | "rebuild.caught-up" | "connection.unmapped")[] | null;
            /** @description Whose notifications; null: those of all, and those that concern no tenant */
            tenants?: string[] | null;
            /** @description For people */
            description?: string;
            /** @description Whether it is told anything; true also where the service disabled it */
            enabled?: boolean;
        };
        WebhookPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Webhook"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
        /**
         * @example {
         *       "url": "https://erp.example/janela",
         *       "types": [
         *         "usage.threshold-reached",
         *         "invoice.finalized"
         *       ],
         *       "tenants": null,
         *       "description": "ERP"
         *     }
         */
        WebhookTerms: {
            /** @description Where notifications are posted; https */
            url: string;
            /** @description What it is told of; null: everything */
            types?: ("usage.threshold-reached" | "invoice.finalized" | "invoice.voided" | "invoice.adjustment-due" | "invoice-run.finished" | "rebuild.caught-up" | "connection.unmapped")[] | null;
            /** @description Whose notifications; null: those of all, and those that concern no tenant */
            tenants?: string[] | null;
            /**
             * @description For people
             * @default
             */
            description: string;
        };
        /**
         * @description What Meta's webhook sends: entries, their changes, and in these messages and statuses
         * @example {
         *       "object": "whatsapp_business_account",
         *       "entry": [
         *         {
         *           "id": "102290129340398",
         *           "changes": [
         *             {
         *               "field": "messages",
         *               "value": {
         *                 "messaging_product": "whatsapp",
         *                 "metadata": {
         *                   "display_phone_number": "551140000001",
         *                   "phone_number_id": "106540352242922"
         *                 },
         *                 "contacts": [
         *                   {
         *                     "profile": {
         *                       "name": "Ana"
         *                     },
         *                     "wa_id": "5511987654321"
         *                   }
         *                 ],
         *                 "messages": [
         *                   {
         *                     "from": "5511987654321",
         *                     "id": "wamid.A",
         *                     "timestamp": "1793710800",
         *                     "type": "text",
         *                     "text": {
         *                       "body": "oi"
         *                     }
         *                   }
         *                 ]
         *               }
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        WhatsappPayload: {
            [key: string]: unknown;
        };
        Window: {
            /** @description From the conversation and the opener: the same after every rebuild */
            id: string;
            /**
             * @description Receptive: opened by the contact; active: by a template message
             * @enum {string}
             */
            kind: "receptive" | "active";
            /**
             * Format: date-time
             * @description When it opened
             * @example 2026-11-03T13:00:00.000Z
             */
            openedAt: string;
            /**
             * Format: date-time
             * @description When it closes
             * @example 2026-11-03T13:00:00.000Z
             */
            closesAt: string;
            /** @description whatsapp, instagram, messenger, webchat, ... */
            channel: string;
            /** @description The tenant's number or page */
            account: string;
            /** @description The end customer */
            contact: string;
            /** @description Id of the event that opened it */
            openedBy: string;
            position: components["schemas"]["Position"];
            /** @description How an active message was sent */
            origin: string | null;
            /** @description Category of the template: marketing, utility, authentication, or any other */
            category: string | null;
            /** @description The campaign that it belongs to */
            campaign: string | null;
            /**
             * @description The rule by which windows open and close
             * @enum {string}
             */
            rule: "fixed" | "fixed-tail" | "sliding";
        };
        WindowPage: {
            /** @description In the order of the list */
            items: components["schemas"]["Window"][];
            /** @description Give it as `cursor`; null: this was the last page */
            nextCursor: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getOpenapiYaml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenapiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Version of the format */
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description A draft is computed anew for every answer; final and void ones never change
                         * @enum {string}
                         */
                        status: "alive";
                    };
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description A draft is computed anew for every answer; final and void ones never change
                         * @enum {string}
                         */
                        status: "ready";
                        /** @description By name */
                        checks: string[];
                    };
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-ready, /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: {
                /** @description Portuguese or English (default) */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people; text for `Accept: text/plain` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/plain": string;
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Portuguese or English (default) */
                "accept-language"?: string;
            };
            path: {
                /** @description What follows /problems/ in `type` */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people; text for `Accept: text/plain` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/plain": string;
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyWebhook: {
        parameters: {
            query: {
                /** @description What Meta asks for */
                "hub.mode": "subscribe";
                /** @description `verifyToken` of the connection */
                "hub.verify_token": string;
                /** @description What the answer repeats */
                "hub.challenge": string;
            };
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `hub.challenge` as it came */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/wrong-verify-token */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    takePayload: {
        parameters: {
            query?: never;
            header?: {
                /** @description `sha256=` and the HMAC of the body under the secret of the app, in hex */
                "x-hub-signature-256"?: string;
            };
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhatsappPayload"];
            };
        };
        responses: {
            /** @description Taken */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TakenPayload"];
                };
            };
            /** @description /problems/not-json, /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/bad-signature */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/intake-full, /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description `return=minimal` leaves out accepted items without warnings */
                prefer?: string;
                /** @description A `receipt` from before: the answer's covers what that one covers too. Ignored where it is none of this log */
                "janela-receipt"?: string;
                /** @description `specversion` of a CloudEvent in binary mode, whose `data` is the body */
                "ce-specversion"?: string;
                /** @description `id` of a CloudEvent in binary mode, whose `data` is the body */
                "ce-id"?: string;
                /** @description `source` of a CloudEvent in binary mode, whose `data` is the body */
                "ce-source"?: string;
                /** @description `type` of a CloudEvent in binary mode, whose `data` is the body */
                "ce-type"?: string;
                /** @description `time` of a CloudEvent in binary mode, whose `data` is the body */
                "ce-time"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"] | components["schemas"]["Event"][];
                "application/cloudevents+json": components["schemas"]["CloudEvent"];
                /**
                 * @example [
                 *       {
                 *         "specversion": "1.0",
                 *         "id": "wamid.A",
                 *         "source": "/channels/whatsapp",
                 *         "type": "janela.message.received",
                 *         "time": "2026-11-03T10:00:00-03:00",
                 *         "data": {
                 *           "tenant": "acme",
                 *           "channel": "whatsapp",
                 *           "account": "551140000001",
                 *           "contact": "5511987654321"
                 *         }
                 *       }
                 *     ]
                 */
                "application/cloudevents-batch+json": components["schemas"]["CloudEvent"][];
            };
        };
        responses: {
            /** @description All accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestAnswer"];
                };
            };
            /** @description Some accepted */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestAnswer"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large, /problems/too-many-events */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description None accepted */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NoneAccepted"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/database-unavailable, /problems/intake-full, /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: {
                /** @description Calendar month in the tenant's zone; default: the current one */
                period?: string;
                /** @description Comma list of day, channel, account, origin, category, campaign */
                groupBy?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `groupBy` a CSV row per group, without it one. As CSV (RFC 4180, UTF-8, null is empty) with the columns `tenant`, `registered`, `test`, `plan`, `period`, `start`, `end`, `timeZone`, `state`, `day`, `channel`, `account`, `origin`, `category`, `campaign`, `receptive`, `active`, `allowance`, `remaining`, `overage`, `limit`, `overLimit`, `messagesReceived`, `messagesTemplates`, `messagesFreeForm`, `invoiceNumber`, `invoicedReceptive`, `invoicedActive`, `finalizedAt`, `lag`, `caughtUp`, `name`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-groups */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsageHistory: {
        parameters: {
            query?: {
                /** @description First period; default: eleven before the last */
                from?: string;
                /** @description Last period, included; default: the current one */
                to?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By period. As CSV (RFC 4180, UTF-8, null is empty) with the columns `tenant`, `registered`, `test`, `plan`, `period`, `start`, `end`, `timeZone`, `state`, `day`, `channel`, `account`, `origin`, `category`, `campaign`, `receptive`, `active`, `allowance`, `remaining`, `overage`, `limit`, `overLimit`, `messagesReceived`, `messagesTemplates`, `messagesFreeForm`, `invoiceNumber`, `invoicedReceptive`, `invoicedActive`, `finalizedAt`, `lag`, `caughtUp`, `name`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageHistory"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsage: {
        parameters: {
            query?: {
                /** @description Calendar month in the tenant's zone; default: the current one */
                period?: string;
                /** @description Comma list of day, channel, account, origin, category, campaign */
                groupBy?: string;
                /** @description Only tenants with this plan in the period */
                plan?: string;
                /** @description Only tenants that somebody registered; false: only the others */
                registered?: boolean;
                /** @description Only tenants with more receptive windows than their limit; false: the others */
                overLimit?: boolean;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By tenant. As CSV (RFC 4180, UTF-8, null is empty) with the columns `tenant`, `registered`, `test`, `plan`, `period`, `start`, `end`, `timeZone`, `state`, `day`, `channel`, `account`, `origin`, `category`, `campaign`, `receptive`, `active`, `allowance`, `remaining`, `overage`, `limit`, `overLimit`, `messagesReceived`, `messagesTemplates`, `messagesFreeForm`, `invoiceNumber`, `invoicedReceptive`, `invoicedActive`, `finalizedAt`, `lag`, `caughtUp`, `name`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsagePage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-groups */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWindows: {
        parameters: {
            query?: {
                /** @description Only windows of this period; default: all */
                period?: string;
                /** @description Only windows of this day by the tenant's calendar */
                day?: string;
                /** @description Receptive: opened by the contact; active: by a template message */
                kind?: "receptive" | "active";
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel?: string;
                /** @description Compared after normalising it as ingest does */
                account?: string;
                /** @description Compared after normalising it as ingest does */
                contact?: string;
                /** @description The campaign that it belongs to */
                campaign?: string;
                /** @description How an active message was sent */
                origin?: string | ("campaign" | "manual" | "bot" | "api");
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By (openedAt, id). As CSV (RFC 4180, UTF-8, null is empty) with the columns `id`, `kind`, `openedAt`, `closesAt`, `channel`, `account`, `contact`, `openedBy`, `partition`, `offset`, `origin`, `category`, `campaign`, `rule`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WindowPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWindow: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: {
                /** @description Portuguese or English; default: the language of the tenant */
                "accept-language"?: string;
            };
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Of the window */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel?: string;
                /** @description Compared after normalising it as ingest does */
                account?: string;
                /** @description Compared after normalising it as ingest does */
                contact?: string;
                /** @description Of the event */
                id?: string;
                /** @description How it stands */
                state?: "effective" | "failed" | "voided" | "conflict" | "unmatched";
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By contact, conversation, then as they count; in CSV `metadata` is JSON. As CSV (RFC 4180, UTF-8, null is empty) with the columns `id`, `type`, `occurredAt`, `receivedAt`, `state`, `channel`, `account`, `contact`, `partition`, `offset`, `postedBy`, `template`, `category`, `language`, `origin`, `campaign`, `message`, `errorCode`, `errorTitle`, `target`, `reason`, `actor`, `metadata`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedEventPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConversation: {
        parameters: {
            query: {
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description The tenant's number or page */
                account: string;
                /** @description The end customer */
                contact: string;
                /** @description Default: now */
                at?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getContactLink: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description What events may call the contact, compared after normalising */
                alias: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactLink"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putContactLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description What events may call the contact, compared after normalising */
                alias: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactLinkTarget"];
            };
        };
        responses: {
            /** @description It was so already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactLink"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactLink"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/alias-linked, /problems/link-chain */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteContactLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description What events may call the contact, compared after normalising */
                alias: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listContactLinks: {
        parameters: {
            query?: {
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel?: string;
                /** @description Compared after normalising it as ingest does */
                contact?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactLinkPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConnection: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectionTerms"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConnections: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewPayload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhatsappPayload"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayloadPreview"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUnmapped: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnmappedPartPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryUnmapped: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the connection */
                connection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnmappedRetry"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/intake-full, /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listErasures: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasurePage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestErasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewErasure"];
            };
        };
        responses: {
            /** @description It is under way, or was done already */
            202: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsealed-records */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/database-unavailable, /problems/shutting-down */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getErasure: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Its id */
                erasure: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPersonalData: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description whatsapp, instagram, messenger, webchat, ... */
                channel: string;
                /** @description Or one of the aliases, compared after normalising */
                contact: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalData"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTenants: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTenant: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putTenant: {
        parameters: {
            query?: {
                /** @description Answers what the change would do, after every check, and changes nothing */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedTenant"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedTenant"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/rule-in-the-past, /problems/projection-behind, /problems/period-final */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createPortalLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPortalLink"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PortalLink"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProjection: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Projection"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listQuarantine: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantineItemPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRebuilds: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startRebuild: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewRebuild"] | null;
            };
        };
        responses: {
            /** @description Begun */
            202: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuild"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/rebuild-running */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRebuild: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the rebuild */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuild"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promoteRebuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the rebuild */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Acceptance"] | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuild"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/rebuild-state, /problems/rebuild-differs, /problems/rebuild-changes-rules */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rollBackRebuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the rebuild */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Nothing"] | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuild"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/rebuild-state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    discardRebuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the rebuild */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Nothing"] | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuild"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/rebuild-state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLogLevel: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLevel"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogLevelChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLevel"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUnmatched: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unmatched"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVerification: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Asked for */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPlanVersion: {
        parameters: {
            query?: {
                /** @description Answers what the change would do, after every check, and changes nothing */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description Name of the plan */
                plan: string;
                /** @description First period with these terms */
                from: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanTerms"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedPlanVersion"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedPlanVersion"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/currency-mismatch, /problems/period-final, /problems/plan-too-large */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deletePlanVersion: {
        parameters: {
            query?: {
                /** @description Answers what the change would do, after every check, and changes nothing */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description Name of the plan */
                plan: string;
                /** @description First period with these terms */
                from: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken away; the version before it applies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description What the change does; null: it is made, and the database could not say what it does. The drafts say it */
                        affects: components["schemas"]["Affects"] | null;
                    };
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/period-final, /problems/no-plan-version */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPlan: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Name of the plan */
                plan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPlan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the plan */
                plan: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanMarks"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPlans: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putSubscription: {
        parameters: {
            query?: {
                /** @description Answers what the change would do, after every check, and changes nothing */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description First period that it covers */
                from: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionTerms"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedSubscription"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedSubscription"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/subscription-overlap, /problems/period-final, /problems/manual-lines, /problems/needs-confirmation, /problems/currency-mismatch, /problems/no-plan-version */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSubscription: {
        parameters: {
            query?: {
                /** @description Answers what the change would do, after every check, and changes nothing */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description First period that it covers */
                from: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description What the change does; null: it is made, and the database could not say what it does. The drafts say it */
                        affects: components["schemas"]["Affects"] | null;
                    };
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/period-final, /problems/manual-lines */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSubscriptions: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCredit: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantCredit"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getManualLine: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Chosen by who enters it; its line on the invoice is `manual:<id>` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualLine"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putManualLine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Chosen by who enters it; its line on the invoice is `manual:<id>` */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManualLineContent"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualLine"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualLine"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/conflict, /problems/period-final, /problems/no-subscription, /problems/too-many-manual-lines */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteManualLine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description Chosen by who enters it; its line on the invoice is `manual:<id>` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken back */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/period-final */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listManualLines: {
        parameters: {
            query?: {
                /** @description Only those on its invoice */
                period?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualLinePage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvoice: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description A calendar month in the time zone of the tenant */
                period: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvoices: {
        parameters: {
            query?: {
                /** @description The invoice's */
                period?: string;
                /** @description A draft is computed anew for every answer; final and void ones never change */
                status?: "draft" | "final" | "void";
                /** @description Only what was finalized or voided after this instant, in that order; no drafts */
                changedAfter?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description Only of this tenant */
                tenant?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By tenant and period. As CSV (RFC 4180, UTF-8, null is empty) with the columns `number`, `tenant`, `reference`, `period`, `periodStart`, `periodEnd`, `timeZone`, `status`, `currency`, `plan`, `planFrom`, `total`, `finalizedAt`, `voidedAt`, `voidReason`, `replaces`, `digest`, `billTo`, `issueDate`, `dueDate`, `metadata`, `changedAt`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoicePage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTenantInvoices: {
        parameters: {
            query?: {
                /** @description The invoice's */
                period?: string;
                /** @description A draft is computed anew for every answer; final and void ones never change */
                status?: "draft" | "final" | "void";
                /** @description Only what was finalized or voided after this instant, in that order; no drafts */
                changedAfter?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By period. As CSV (RFC 4180, UTF-8, null is empty) with the columns `number`, `tenant`, `reference`, `period`, `periodStart`, `periodEnd`, `timeZone`, `status`, `currency`, `plan`, `planFrom`, `total`, `finalizedAt`, `voidedAt`, `voidReason`, `replaces`, `digest`, `billTo`, `issueDate`, `dueDate`, `metadata`, `changedAt`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoicePage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvoiceByNumber: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the invoice */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    noteOnInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the invoice */
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvoiceNote"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finalizeInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description A calendar month in the time zone of the tenant */
                period: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["InvoiceExpectation"] | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/changed, /problems/period-open, /problems/projection-behind, /problems/no-subscription, /problems/test-tenant, /problems/clock-behind, /problems/conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/log-unavailable, /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    voidInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the invoice */
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvoiceVoid"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/already-adjusted, /problems/credit-used, /problems/clock-behind */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvoiceRuns: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceRunPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startInvoiceRun: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvoiceRun"];
            };
        };
        responses: {
            /** @description Begun */
            202: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceRun"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/invoice-run-running */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvoiceRun: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description Only tenants of whom this became */
                state?: "waiting" | "final" | "open" | "nothing";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceRunReport"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelInvoiceRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cancelled, or about to be */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceRun"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/invoice-run-finished */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLineWindows: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
                /** @description A calendar month in the time zone of the tenant */
                period: string;
                /** @description Of the line, as the invoice shows it */
                lineId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By (openedAt, id). As CSV (RFC 4180, UTF-8, null is empty) with the columns `id`, `kind`, `openedAt`, `closesAt`, `channel`, `account`, `contact`, `openedBy`, `partition`, `offset`, `origin`, `category`, `campaign`, `rule`, `change`, `causeEvent`, `causePartition`, `causeOffset`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineWindowPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvoiceLineWindows: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the invoice */
                number: string;
                /** @description Of the line, as the invoice shows it */
                lineId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By (openedAt, id). As CSV (RFC 4180, UTF-8, null is empty) with the columns `id`, `kind`, `openedAt`, `closesAt`, `channel`, `account`, `contact`, `openedBy`, `partition`, `offset`, `origin`, `category`, `campaign`, `rule`, `change`, `causeEvent`, `causePartition`, `causeOffset`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineWindowPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLineItems: {
        parameters: {
            query?: {
                /** @description The invoice's */
                period?: string;
                /** @description A draft is computed anew for every answer; final and void ones never change */
                status?: "draft" | "final" | "void";
                /** @description Only what was finalized or voided after this instant, in that order; no drafts */
                changedAfter?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description Only of this tenant */
                tenant?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By tenant, period, invoice and line. As CSV (RFC 4180, UTF-8, null is empty) with the columns `tenant`, `reference`, `invoice`, `status`, `invoicePeriod`, `currency`, `finalizedAt`, `voidedAt`, `id`, `code`, `description`, `period`, `periodStart`, `periodEnd`, `timeZone`, `quantity`, `unitPrice`, `amount`, `detail`, `changedAt`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineItemPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description What kind of thing was changed */
                subjectType?: "tenant" | "plan" | "subscription" | "manual-line" | "invoice" | "invoice-run" | "key" | "rebuild" | "contact-link" | "thresholds" | "webhook" | "connection" | "erasure" | "portal-link";
                /** @description Name or id of what was changed */
                subject?: string;
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant?: string;
                /** @description Id of the API key that made the change */
                actor?: string;
                /** @description Only from this instant on */
                from?: string;
                /** @description Only before this instant */
                to?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description What to answer with, so that a link can ask for it; default: what `Accept` asks for */
                format?: "json" | "csv";
                /** @description The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one */
                csv?: "rfc4180" | "excel";
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first; in CSV `before` and `after` are JSON. As CSV (RFC 4180, UTF-8, null is empty) with the columns `id`, `at`, `actor`, `subjectType`, `subject`, `tenant`, `action`, `before`, `after`, `actorName`; text that a spreadsheet would take for a formula is preceded by an apostrophe. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                    "text/csv": string;
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, of your choice and never used again, as a UUID is: the same again makes nothing and gets 409 `/problems/conflict`, which names what was made */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTerms"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-webhooks, /problems/conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description How it stands */
                state?: "waiting" | "delivered" | "failed";
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Noted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/webhook-disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
                /** @description Id of the delivery */
                delivery: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Noted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/webhook-disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayTerms"];
            };
        };
        responses: {
            /** @description Noted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/webhook-disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getThresholds: {
        parameters: {
            query?: {
                /** @description Default: the running one */
                period?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantThresholds"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The company whose conversations are metered and who gets the invoice */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantThresholdTerms"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantThresholds"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Only keys that this one made */
                createdBy?: string;
                /** @description Most items in the answer */
                limit?: number;
                /** @description `nextCursor` of the page before; leave out for the first page */
                cursor?: string;
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-cursor, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name for this request, of your choice and never used again, as a UUID is: the same again makes nothing and gets 409 `/problems/conflict`, which names what was made */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyTerms"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description Path of what was made */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            /** @description /problems/invalid-request, /problems/not-json */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: {
                /** @description `receipt` of a POST: wait, up to 10 s, until everything that it covers is counted */
                after?: string;
            };
            header?: never;
            path: {
                /** @description Of the key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description /problems/invalid-request, /problems/invalid-receipt */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-yet-counted */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: {
                /** @description Revoke the keys made with it, by themselves or their children, too */
                children?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description Of the key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked, now or before; these keys were made with it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedKey"];
                };
            };
            /** @description Revoked, now or before; no good key was made with it */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description /problems/invalid-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/forbidden-scope, /problems/forbidden-tenant */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/not-found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/body-too-large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/uri-too-long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/unsupported-media-type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/too-many-requests */
            429: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/internal-error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description /problems/shutting-down, /problems/database-unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before trying again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

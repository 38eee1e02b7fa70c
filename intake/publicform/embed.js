// A LeadHub form in a page of yours. It asks the hub for the fields and a token, and posts what the visitor typed; it
// sets no cookies, loads nothing else, and lies in a shadow root, so that neither page's styles touch the other's.
(() => {
    "use strict";
    const script = document.currentScript;
    const here = new URL(script.src);
    const id = here.pathname.split("/").filter(Boolean).at(-2);
    const UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
    // A token lives for a day; one as old as this is changed for another, which has to be two seconds old.
    const STALE = 23 * 3600 * 1000;
    const FRESH = 2200;
    // How long an address may be.
    const LINE = 2000;
    // Without what ends the sentence that it stands in.
    const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)'])/;
    const STYLE = `
        :host { display: block; font: inherit; color: inherit; }
        * { box-sizing: border-box; }
        h2 { font-size: 1.4em; line-height: 1.25; margin: 0 0 .4em; }
        p { margin: 0 0 .8em; white-space: pre-line; }
        .field { margin-bottom: 1em; }
        label { display: block; font-weight: 600; margin-bottom: .25em; }
        a { color: inherit; }
        .tick { align-items: flex-start; display: flex; font-weight: 400; gap: 10px; padding: 8px 0; }
        .optional { font-weight: 400; opacity: .7; }
        input, textarea { background: Field; border: 1px solid #7f8997; border-radius: 8px; color: FieldText; display: block;
            font: inherit; min-height: 44px; padding: 9px 12px; width: 100%; }
        .tick input { accent-color: var(--leadhub-color, #1d4ed8); flex: none; height: 20px; margin: 2px 0 0; min-height: 0; width: 20px; }
        textarea { resize: vertical; }
        input:focus, textarea:focus, button:focus-visible { outline: 3px solid var(--leadhub-color, #1d4ed8); outline-offset: 1px; }
        [aria-invalid] { border-color: #b3261e; }
        .wrong { color: var(--leadhub-error-color, #b3261e); font-size: .9em; margin: .25em 0 0; }
        [data-all] { margin: 0 0 1em; }
        .trap { height: 1px; left: -10000px; overflow: hidden; position: absolute; width: 1px; }
        button { background: var(--leadhub-color, #1d4ed8); border: 0; border-radius: 8px; color: var(--leadhub-button-text, #fff);
            cursor: pointer; font: inherit; font-weight: 600; min-height: 46px; padding: 10px 22px; }
        button[aria-disabled] { cursor: progress; opacity: .6; }
    `;

    function made(tag, given = {}, ...inside) {
        const node = document.createElement(tag);
        for (const [name, value] of Object.entries(given)) {
            if (value !== null && value !== false) {
                node.setAttribute(name, value === true ? "" : value);
            }
        }
        node.append(...inside);
        return node;
    }

    function place() {
        const own = document.querySelector(`[data-leadhub-form="${CSS.escape(id)}"]:not([data-leadhub-begun])`);
        if (own) {
            return own;
        }
        const div = made("div", { "data-leadhub-form": id });
        script.isConnected ? script.after(div) : document.body.append(div);
        return div;
    }

    async function configured() {
        // What the browser kept from us may be any of these.
        const unread = `${location.origin} is not among its sites, or ${here.origin} cannot be reached`;
        const answer = await fetch(`${here.origin}/f/${id}/config`, { credentials: "omit" }).catch(() => {
            throw new Error(`LeadHub: the form is closed, ${unread}.`);
        });
        if (!answer.ok) {
            throw new Error(`LeadHub: the form answers ${answer.status}.`);
        }
        return { ...(await answer.json()), begun: Date.now() };
    }

    // Text of the form's, its addresses links that leave the form as it is.
    function linked(text) {
        const link = (address) => made("a", { href: address, target: "_blank", rel: "noopener" }, address);
        return text.split(ADDRESS).map((part, at) => (at % 2 ? link(part) : part));
    }

    function fieldOf(field) {
        const shared = { id: field.name, name: field.name, part: "input", required: field.required };
        const words = made("span", {}, ...linked(field.label));
        if (!field.required) {
            words.append(" ", made("span", { class: "optional" }, "(optional)"));
        }
        const label = made("label", { for: field.name, part: "label" }, words);
        const input = inputOf(field, shared);
        if (field.type === "checkbox") {
            label.classList.add("tick");
            label.prepend(input);
        }
        const wrong = made("p", { id: `${field.name}-wrong`, class: "wrong", part: "error", hidden: true });
        return made("div", { class: "field", part: "field" }, label, ...(label.contains(input) ? [] : [input]), wrong);
    }

    function inputOf(field, shared) {
        if (field.type === "textarea") {
            return made("textarea", { ...shared, rows: "5" });
        }
        const ticked = field.type === "checkbox" ? { value: "true", part: "checkbox" } : {};
        return made("input", { ...shared, ...ticked, type: field.type, autocomplete: field.autocomplete });
    }

    function trap(name) {
        const input = made("input", { id: name, name, type: "text", tabindex: "-1", autocomplete: "off" });
        return made("div", { class: "trap", "aria-hidden": "true" }, made("label", { for: name }, "Leave this empty"), input);
    }

    function formOf(config) {
        const form = made("form", { novalidate: true, part: "form" });
        if (config.title) {
            form.append(made("h2", { part: "title" }, config.title));
        }
        if (config.intro) {
            form.append(made("p", { part: "intro" }, ...linked(config.intro)));
        }
        form.append(...config.fields.map(fieldOf), trap(config.trap));
        form.append(made("p", { class: "wrong", part: "error", role: "alert", hidden: true, "data-all": "" }));
        form.append(made("button", { type: "submit", part: "button" }, config.button));
        return form;
    }

    function tell(form, fields, all) {
        let first = null;
        for (const input of form.elements) {
            const line = form.querySelector(`#${input.id || "none"}-wrong`);
            if (!line) {
                continue;
            }
            const said = (fields[input.name] || []).join(" ");
            line.textContent = said;
            line.hidden = !said;
            if (said) {
                input.setAttribute("aria-invalid", "true");
                input.setAttribute("aria-describedby", line.id);
                first = first || input;
            } else {
                input.removeAttribute("aria-invalid");
                input.removeAttribute("aria-describedby");
            }
        }
        const line = form.querySelector("[data-all]");
        line.textContent = all;
        line.hidden = !all;
        if (first) {
            first.focus();
        }
    }

    // What the visitor does not type: the campaign, the page that the form is on, and the one before it.
    function whence() {
        const page = new URLSearchParams(location.search);
        const won = UTM.filter((name) => page.get(name)).map((name) => [name, page.get(name).slice(0, 200)]);
        const here = { landing_page: location.href.split("#")[0], referrer: document.referrer };
        const from = Object.entries(here).map(([name, address]) => [name, address.slice(0, LINE)]);
        return Object.fromEntries([...won, ...from]);
    }

    function typed(form) {
        return { ...whence(), ...Object.fromEntries(new FormData(form)) };
    }

    async function post(config, form) {
        if (Date.now() - config.begun > STALE) {
            Object.assign(config, await configured());
            await new Promise((resolve) => setTimeout(resolve, FRESH));
        }
        return fetch(here.origin + config.submit_path, {
            method: "POST",
            credentials: "omit",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ ...typed(form), token: config.token }),
        });
    }

    function thank(root, config) {
        if (config.redirect_url) {
            location.assign(config.redirect_url);
            return;
        }
        const thanks = made("p", { part: "thanks", role: "status", tabindex: "-1" }, config.thanks || "Thank you.");
        root.replaceChildren(thanks);
        thanks.focus();
    }

    async function refused(answer, form) {
        const problem = await answer.json().catch(() => ({}));
        const fields = (problem.details && problem.details.fields) || {};
        const shown = [...form.elements].map((input) => input.name);
        const elsewhere = Object.entries(fields).filter(([name]) => !shown.includes(name));
        if (answer.status === 429) {
            tell(form, {}, "The form is sent very often just now. Please try again in a minute.");
        } else if (Object.keys(fields).length) {
            tell(form, fields, elsewhere.flatMap(([, said]) => said).join(" "));
        } else {
            tell(form, {}, problem.message || "It could not be sent. Please try again.");
        }
    }

    async function begin() {
        const host = place();
        host.setAttribute("data-leadhub-begun", "");
        const config = await configured();
        const root = host.attachShadow({ mode: "open" });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        root.adoptedStyleSheets = [sheet];
        const form = formOf(config);
        root.append(form);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            submit(root, form, config);
        });
        addEventListener("pageshow", (event) => event.persisted && renew(form, config));
    }

    // Not `disabled`, which would take the focus away. What was received stays so: the thanks page may be slow to come.
    async function submit(root, form, config) {
        const button = form.querySelector("button");
        if (button.hasAttribute("aria-disabled")) {
            return;
        }
        button.setAttribute("aria-disabled", "true");
        try {
            const answer = await post(config, form);
            if (answer.status === 202) {
                thank(root, config);
                return;
            }
            await refused(answer, form);
        } catch {
            tell(form, {}, "It could not be sent just now. Please check your connection, or try again later.");
        }
        button.removeAttribute("aria-disabled");
    }

    // Whoever comes back from the thanks page finds the form as it was, and its token used up.
    function renew(form, config) {
        config.begun = 0;
        form.querySelector("button").removeAttribute("aria-disabled");
    }

    function start() {
        // For who puts the form there: a page that is not on its list, a form that is closed.
        begin().catch((error) => console.error(error));
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
})();

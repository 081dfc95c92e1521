/*
 * near: says, while one types, what may be here already.
 *
 * RULES
 *  1. It asks a moment after typing has stopped, and only by fields that tell who it is.
 *  2. An answer that comes late, when something else is typed, is not shown.
 *
 * Markup: <form data-controller="near" data-near-url-value="/duplicates/near?type=organisation"
 * data-near-fields-value="title email"> with an element that is data-near-target="box"; the address
 * answers with shared_near_list. The box moves below the field that is typed into.
 */
import { Controller } from "@hotwired/stimulus";

const PAUSE_MS = 300;

export default class extends Controller {
    static targets = ["box"];
    static values = { url: String, fields: String };

    connect() {
        this.input = ({ target }) => this.tells(target) && this.soon(target);
        this.element.addEventListener("input", this.input);
    }

    disconnect() {
        clearTimeout(this.timer);
        this.element.removeEventListener("input", this.input);
    }

    tells(control) {
        return this.fieldsValue.split(" ").includes(control.name);
    }

    soon(control) {
        clearTimeout(this.timer);
        this.asked = undefined;
        this.timer = setTimeout(() => this.ask(control), PAUSE_MS);
    }

    async ask(control) {
        const url = new URL(this.urlValue, location.href);
        for (const name of this.fieldsValue.split(" ")) {
            const value = this.element.elements.namedItem(name)?.value;
            if (value) url.searchParams.set(name, value);
        }
        const asked = (this.asked = url.href);
        const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
        if (!answer?.ok) return;
        const text = await answer.text();
        if (asked !== this.asked) return;
        (control.closest(".field") ?? control).after(this.boxTarget);
        this.boxTarget.innerHTML = text;
    }
}

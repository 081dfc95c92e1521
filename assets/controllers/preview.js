/*
 * preview: the editor's Write and Preview tabs. The server renders; this only shows it.
 *
 * Markup: <div class="editor" data-controller="preview" data-preview-url-value="/preview"> with
 * targets write, show (buttons, role=tab), source (textarea) and output (div). POST with the
 * text as `source` and the page's CSRF token answers an HTML fragment.
 *
 * WHY  Fields are named by the token's own input in the form, so nothing is known of CSRF here.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static targets = ["write", "show", "source", "output"];
    static values = { url: String, failed: { type: String, default: "No preview just now." } };

    edit() {
        this.select(false);
        this.sourceTarget.focus();
    }

    async see() {
        this.select(true);
        this.outputTarget.setAttribute("aria-busy", "true");
        try {
            this.outputTarget.innerHTML = await this.render();
        } catch (error) {
            if (error.name === "AbortError") return;
            this.outputTarget.textContent = this.failedValue;
        }
        this.outputTarget.removeAttribute("aria-busy");
    }

    disconnect() {
        this.abort?.abort();
        if (this.hasSourceTarget) this.select(false); /* a new page may have taken the parts away */
    }

    async render() {
        this.abort?.abort();
        this.abort = new AbortController();
        const body = new URLSearchParams({ source: this.sourceTarget.value });
        for (const field of this.sourceTarget.form?.querySelectorAll("input[type=hidden]") ?? []) {
            if (field.name !== "_method") body.set(field.name, field.value);
        }
        const response = await fetch(this.urlValue, {
            method: "POST",
            body,
            headers: { Accept: "text/html" },
            signal: this.abort.signal,
        });
        if (!response.ok) throw new Error(response.statusText);
        return response.text();
    }

    select(preview) {
        this.sourceTarget.hidden = preview;
        this.outputTarget.hidden = !preview;
        this.writeTarget.setAttribute("aria-selected", String(!preview));
        this.showTarget.setAttribute("aria-selected", String(preview));
        this.writeTarget.tabIndex = preview ? -1 : 0;
        this.showTarget.tabIndex = preview ? 0 : -1;
    }

    /* Arrow keys go between the two tabs, as in any tab list. */
    turn(event) {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        const toPreview = event.target === this.writeTarget;
        (toPreview ? this.showTarget : this.writeTarget).focus();
        if (toPreview) this.see();
        else this.select(false);
    }
}

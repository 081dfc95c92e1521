/*
 * combobox: a field with a list of what it may mean, which the server makes as one types.
 *
 * RULES
 *  1. ARIA 1.2: the focus stays in the field; arrows go through the list, Enter takes, Escape
 *     closes and then empties; how many were found is said.
 *  2. What is chosen stands before the field as a box that one unticks; Backspace takes the last.
 *  3. Of one value only, the next takes the place of the first.
 *  4. An answer that comes late, when something else is typed, is not shown.
 *
 * Markup: shared_combobox; the address answers with shared_combo_options.
 *
 * WHY  The list is a popover: a field may stand in a table or a menu that scrolls, which would cut
 *      it off. Its place is set through the style object, which the policy allows.
 */
import { Controller } from "@hotwired/stimulus";

const PAUSE_MS = 120;
const GAP = 4;

export default class extends Controller {
    static targets = ["input", "list", "chips", "status"];
    static values = { url: String, name: String, many: Boolean, none: String, some: String };

    connect() {
        this.dress();
        this.on = {
            input: () => this.soon(PAUSE_MS),
            focus: () => this.inputTarget.value && this.soon(0),
            keydown: (event) => this.key(event),
            blur: () => this.close(),
        };
        for (const [name, run] of Object.entries(this.on)) {
            this.inputTarget.addEventListener(name, run);
        }
        this.press = (event) => {
            const option = event.target.closest("[role=option]");
            event.preventDefault(); /* the focus stays in the field */
            if (option && event.type === "click") this.take(option);
        };
        this.listTarget.addEventListener("mousedown", this.press);
        this.listTarget.addEventListener("click", this.press);
        this.untick = () => this.sweep();
        this.chipsTarget.addEventListener("change", this.untick);
        this.place = this.place.bind(this);
    }

    disconnect() {
        this.stop();
        if (!this.hasInputTarget) return; /* a page that was morphed has taken it along */
        for (const [name, run] of Object.entries(this.on)) {
            this.inputTarget.removeEventListener(name, run);
        }
        this.listTarget.removeEventListener("mousedown", this.press);
        this.listTarget.removeEventListener("click", this.press);
        this.chipsTarget.removeEventListener("change", this.untick);
        this.close();
    }

    /* Without a script it is a plain field, and says nothing else. */
    dress() {
        const { inputTarget: input, listTarget: list } = this;
        list.setAttribute("role", "listbox");
        list.setAttribute("aria-label", list.dataset.label);
        input.setAttribute("role", "combobox");
        input.setAttribute("aria-autocomplete", "list");
        input.setAttribute("aria-controls", list.id);
        input.setAttribute("aria-expanded", "false");
    }

    stop() {
        clearTimeout(this.timer);
        this.request?.abort();
    }

    soon(delay) {
        this.stop();
        this.timer = setTimeout(() => this.ask(), delay);
    }

    async ask() {
        const text = this.inputTarget.value.trim();
        if (!text) return this.close();
        const url = new URL(this.urlValue, location.href);
        url.searchParams.set("q", text);
        const request = (this.request = new AbortController());
        try {
            const how = { signal: request.signal, headers: { Accept: "text/html" } };
            const answer = await fetch(url, how);
            const html = answer.ok ? await answer.text() : "";
            if (request === this.request && !request.signal.aborted) this.show(html);
        } catch (error) {
            if (error.name !== "AbortError") this.close();
        }
    }

    show(html) {
        this.listTarget.innerHTML = html;
        const taken = new Set(this.boxes.map((box) => box.value));
        for (const option of this.options) {
            if (taken.has(option.dataset.value)) option.remove();
        }
        this.options.forEach((option, at) => (option.id = `${this.listTarget.id}-${at}`));
        const n = this.options.length;
        if (!n) {
            const none = document.createElement("p");
            none.className = "combo__none";
            none.setAttribute("role", "option");
            none.setAttribute("aria-disabled", "true");
            none.textContent = this.noneValue;
            this.listTarget.append(none);
        }
        this.open();
        this.inputTarget.setAttribute("aria-expanded", "true");
        this.statusTarget.textContent = n ? this.someValue.replace("{n}", n) : this.noneValue;
        this.go(n ? 0 : -1);
    }

    open() {
        const list = this.listTarget;
        if (!list.hidden) return this.place();
        list.hidden = false;
        if (!list.showPopover) return;
        list.popover = "manual";
        list.showPopover();
        addEventListener("scroll", this.place, true);
        addEventListener("resize", this.place);
        this.place();
    }

    /* Below the field, or above it where there is more room. */
    place() {
        const list = this.listTarget;
        if (!list.popover || !list.isConnected) return;
        const box = list.previousElementSibling.getBoundingClientRect();
        const room = document.documentElement.clientHeight - box.bottom;
        const above = room < list.offsetHeight + GAP && box.top > room;
        list.style.left = `${box.left}px`;
        list.style.width = `${box.width}px`;
        list.style.top = `${above ? box.top - list.offsetHeight - GAP : box.bottom + GAP}px`;
    }

    close() {
        this.stop();
        removeEventListener("scroll", this.place, true);
        removeEventListener("resize", this.place);
        this.listTarget.hidden = true;
        this.listTarget.popover = null;
        this.listTarget.replaceChildren();
        this.inputTarget.setAttribute("aria-expanded", "false");
        this.inputTarget.removeAttribute("aria-activedescendant");
        this.at = -1;
    }

    go(at) {
        const all = this.options;
        this.at = all.length ? (at + all.length) % all.length : -1;
        all.forEach((one, i) => one.setAttribute("aria-selected", `${i === this.at}`));
        const now = all[this.at];
        if (now) {
            this.inputTarget.setAttribute("aria-activedescendant", now.id);
            now.scrollIntoView({ block: "nearest" });
        } else this.inputTarget.removeAttribute("aria-activedescendant");
    }

    key(event) {
        const open = !this.listTarget.hidden;
        const input = this.inputTarget;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            if (!open) this.soon(0);
            else this.go(this.at + (event.key === "ArrowDown" ? 1 : -1));
        } else if (event.key === "Enter" && open && this.at >= 0) {
            this.take(this.options[this.at]);
        } else if (event.key === "Escape" && (open || input.value)) {
            if (open) this.close();
            else input.value = "";
        } else if (event.key === "Backspace" && !input.value && this.boxes.length) {
            this.boxes.at(-1).checked = false;
            this.sweep();
        } else return;
        event.preventDefault();
        event.stopPropagation();
    }

    take(option) {
        if (option.dataset.create) return this.create();
        if (!this.manyValue) this.chipsTarget.replaceChildren();
        const chip = document.createElement("label");
        const box = document.createElement("input");
        const text = document.createElement("span");
        chip.className = "combo__chip";
        Object.assign(box, { type: "checkbox", name: this.nameValue, checked: true });
        box.value = option.dataset.value;
        text.textContent = option.dataset.label;
        chip.append(box, text);
        this.chipsTarget.append(chip);
        this.inputTarget.value = "";
        this.close();
        this.statusTarget.textContent = option.dataset.label ?? text.textContent;
        this.inputTarget.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /* What was typed stays in the field, and the server makes it. */
    create() {
        this.close();
        this.inputTarget.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /* Unticked boxes go: what is gone cannot be ticked by mistake. */
    sweep() {
        for (const box of this.boxes) if (!box.checked) box.closest("label").remove();
        this.inputTarget.focus();
    }

    get options() {
        return [...this.listTarget.querySelectorAll("[role=option]:not([aria-disabled])")];
    }

    get boxes() {
        return [...this.chipsTarget.querySelectorAll("input")];
    }
}

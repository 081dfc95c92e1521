/*
 * fitting: a select offers only the group of options that goes with what another one has.
 *
 * RULES
 *  1. What was selected stays while it fits; else the option of the same words is, or the first.
 *  2. What does not fit, but was there when the page came, stays until the other one is changed.
 *  3. Where the other one has nothing, or is not there, all groups stay.
 *
 * Markup: shared_select with `of`; without a script it has all groups, and the server refuses.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static values = { of: String };

    connect() {
        this.groups = [...this.element.querySelectorAll("optgroup")];
        this.other = this.element.form?.elements.namedItem(this.ofValue);
        if (!this.other) return;
        this.change = () => this.fit(true);
        this.other.addEventListener("change", this.change);
        this.fit(false);
    }

    disconnect() {
        const value = this.element.value;
        this.other?.removeEventListener("change", this.change);
        this.element.append(...this.groups);
        this.element.value = value;
    }

    fit(changed) {
        const was = this.element.selectedOptions[0];
        const chosen = this.groups.find((group) => group.dataset.group === this.other.value);
        const stays = !changed && was?.parentNode !== chosen ? was?.parentNode : null;
        for (const group of this.groups) {
            const shown = !chosen || group === chosen || group === stays;
            if (shown) this.element.append(group);
            else group.remove();
        }
        if (!changed || !chosen || !was?.value) return;
        const options = [...chosen.children];
        const same = (a) => a.value === was.value;
        const alike = (a) => a.textContent === was.textContent;
        (options.find(same) ?? options.find(alike) ?? options[0]).selected = true;
        this.element.dispatchEvent(new Event("change", { bubbles: true }));
    }
}

/*
 * steps: brings the step that a record is at into sight, where a screen is too narrow for all.
 *
 * Markup: <nav class="steps" data-controller="steps">, which scrolls; see shared_steps.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    connect() {
        const list = this.element;
        const now = list.querySelector("[aria-current]");
        if (now) list.scrollLeft = now.offsetLeft - (list.clientWidth - now.offsetWidth) / 2;
    }
}

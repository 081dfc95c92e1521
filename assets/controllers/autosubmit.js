/*
 * autosubmit: sends a filter form when something in it changes; text after a pause in typing.
 *
 * Markup: <form data-controller="autosubmit"> and a submit button of class not-js for the rest.
 */
import { Controller } from "@hotwired/stimulus";

const PAUSE_MS = 350;

export default class extends Controller {
    connect() {
        this.change = ({ target }) => this.send(isText(target) ? PAUSE_MS : 0);
        this.input = ({ target }) => isText(target) && this.send(PAUSE_MS);
        this.element.addEventListener("change", this.change);
        this.element.addEventListener("input", this.input);
    }

    disconnect() {
        clearTimeout(this.timer);
        this.element.removeEventListener("change", this.change);
        this.element.removeEventListener("input", this.input);
    }

    send(delay) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.element.requestSubmit(), delay);
    }
}

function isText(control) {
    return control.matches("input:not([type=checkbox], [type=radio]), textarea");
}

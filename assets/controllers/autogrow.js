/*
 * autogrow: a textarea that is as tall as its text, up to most of the window.
 *
 * WHY  `field-sizing: content` would do it alone, but not in every browser that we serve. The
 *      height is set through the style object, which the CSP allows (it refuses style markup).
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    connect() {
        this.grow = this.grow.bind(this);
        this.element.addEventListener("input", this.grow);
        this.element.form?.addEventListener("reset", this.grow);
        this.grow();
    }

    disconnect() {
        this.element.removeEventListener("input", this.grow);
        this.element.form?.removeEventListener("reset", this.grow);
        this.element.style.height = "";
    }

    grow() {
        requestAnimationFrame(() => {
            const { element } = this;
            const border = element.offsetHeight - element.clientHeight;
            element.style.height = "auto";
            const height = Math.min(element.scrollHeight + border, window.innerHeight * 0.7);
            element.style.height = `${height}px`;
        });
    }
}

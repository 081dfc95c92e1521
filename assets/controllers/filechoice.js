/*
 * filechoice: uploads the file of a field at once, and chooses it in the list of files.
 *
 * Markup: an element with data-controller="filechoice" with a select, and targets input
 * (type=file) and said (a status); a link that leads to the page which uploads without a script.
 *
 * What came is chosen and named; what failed is told in words, and the choice stays.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static targets = ["input", "said"];
    static values = { url: String, max: Number };

    get choice() {
        return this.element.querySelector("select");
    }

    choose(event) {
        event.preventDefault();
        this.inputTarget.click();
    }

    async chosen() {
        const [file] = this.inputTarget.files;
        this.inputTarget.value = "";
        if (!file) return;
        const words = this.element.dataset;
        if (this.maxValue && file.size > this.maxValue * 1024 * 1024) {
            this.say(words.large.replace("{max}", this.maxValue));
            return;
        }
        this.say(words.busy);
        try {
            const body = new FormData();
            body.append("file", file, file.name);
            const answer = await fetch(this.urlValue, {
                method: "POST",
                body,
                headers: { Accept: "application/json", "X-CSRF-Token": this.token() },
            });
            const said = await answer.json();
            if (!answer.ok) throw new Error(said.detail);
            this.take(said.data[0]);
        } catch (error) {
            const cut = error instanceof TypeError || error instanceof SyntaxError;
            this.say(cut ? words.failed : error.message);
        }
    }

    take({ id, name }) {
        this.choice.add(new Option(name, id, false, true));
        this.choice.dispatchEvent(new Event("change", { bubbles: true }));
        this.element.querySelector(".file-choice__picture")?.remove();
        this.say(name);
    }

    say(words) {
        this.saidTarget.textContent = words;
    }

    token() {
        return (
            this.choice.form?.querySelector("[name=_csrf]")?.value ??
            document.querySelector("meta[name=csrf-token]")?.content ??
            ""
        );
    }
}

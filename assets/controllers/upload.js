/*
 * upload: files into a text: dropped on it, pasted into it, or chosen by the link below it.
 *
 * Markup: an element with data-controller="upload" and targets source (the textarea), link (leads
 * to the page that uploads without a script), input (type=file), list and item (a <template> of one
 * line: .upload__name, .upload__said, progress, and buttons named by data-act). Where a file will
 * stand, a word holds its place, so that one can go on writing; then it is what the server says.
 *
 * RULES
 *  1. Each file shows how far it is, can be stopped, and says in words what went wrong.
 *  2. Text that is pasted stays a paste of text, also when a picture of it comes along.
 *  3. What was typed meanwhile stays; a file that fails or is stopped leaves nothing in the text.
 *  4. A page that is brought up to date keeps the lines of what is under way.
 *  5. Of many files a few go up at once, and the others after them.
 *
 * WHY  XMLHttpRequest: fetch does not tell how much of a body has been sent.
 */
import { Controller } from "@hotwired/stimulus";

const AT_ONCE = 3;
let count = 0;

export default class extends Controller {
    static targets = ["source", "link", "input", "list", "item"];
    static values = { url: String, max: Number };

    connect() {
        this.running = new Set();
        this.waiting = new Set();
        this.keep = (event) => {
            if (event.target !== this.listTarget) return;
            if (this.listTarget.children.length) event.preventDefault();
        };
        this.element.addEventListener("turbo:before-morph-element", this.keep);
    }

    disconnect() {
        this.element.removeEventListener("turbo:before-morph-element", this.keep);
        this.waiting.clear();
        for (const request of this.running) request.abort();
    }

    choose(event) {
        event.preventDefault();
        this.inputTarget.click();
    }

    chosen() {
        this.take(this.inputTarget.files);
        this.inputTarget.value = "";
    }

    over(event) {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        this.element.classList.add("editor--over");
    }

    out(event) {
        if (!this.element.contains(event.relatedTarget)) {
            this.element.classList.remove("editor--over");
        }
    }

    drop(event) {
        this.element.classList.remove("editor--over");
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        this.take(event.dataTransfer.files);
    }

    paste(event) {
        const { files, types } = event.clipboardData;
        if (!files.length || types.includes("text/plain")) return;
        event.preventDefault();
        this.take(files);
    }

    take(files) {
        for (const file of files) this.begin(file);
    }

    begin(file) {
        const line = this.itemTarget.content.firstElementChild.cloneNode(true);
        line.querySelector(".upload__name").textContent = file.name;
        this.listTarget.append(line);
        this.listTarget.hidden = false;
        this.send(file, line);
    }

    /* ---- one file ---- */

    send(file, line) {
        const text = this.listTarget.dataset;
        if (this.maxValue && file.size > this.maxValue * 1024 * 1024) {
            this.fail(file, line, text.large.replace("{max}", this.maxValue), false);
            return;
        }
        const one = { file, line, place: this.hold(file) };
        line.querySelector(".upload__said").textContent = "";
        line.querySelector("progress").hidden = false;
        line.querySelector("progress").value = 0;
        this.buttons(line, { stop: () => this.stop(one) });
        this.waiting.add(one);
        this.next();
    }

    next() {
        for (const one of this.waiting) {
            if (this.running.size >= AT_ONCE) return;
            this.waiting.delete(one);
            this.start(one);
        }
    }

    start(one) {
        const request = new XMLHttpRequest();
        const form = new FormData();
        form.append("file", one.file, one.file.name);
        request.open("POST", this.urlValue);
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("X-CSRF-Token", this.token());
        request.upload.addEventListener("progress", ({ loaded, total }) => {
            one.line.querySelector("progress").value = loaded / total;
            if (loaded < total) return;
            one.line.querySelector(".upload__said").textContent = this.listTarget.dataset.store;
        });
        request.addEventListener("loadend", () => {
            this.running.delete(request);
            this.end(request, one);
            this.next();
        });
        one.request = request;
        this.running.add(request);
        request.send(form);
    }

    stop(one) {
        one.stopped = true;
        if (this.waiting.delete(one)) this.end({ status: 0 }, one);
        else one.request.abort();
    }

    end(request, one) {
        if (request.status === 201) {
            this.put(one.place, JSON.parse(request.responseText).data[0].markdown);
            this.dismiss(one.line);
        } else {
            this.put(one.place, "");
            if (one.stopped) this.dismiss(one.line);
            else this.fail(one.file, one.line, this.reason(request), this.passing(request.status));
        }
    }

    dismiss(line) {
        line.remove();
        this.listTarget.hidden = !this.listTarget.children.length;
    }

    /* What may be otherwise the next time. */
    passing(status) {
        return status === 0 || status === 429 || status >= 500;
    }

    reason(request) {
        try {
            return JSON.parse(request.responseText).detail || this.listTarget.dataset.failed;
        } catch {
            return this.listTarget.dataset.failed;
        }
    }

    fail(file, line, words, again) {
        line.classList.add("upload--bad");
        line.querySelector(".upload__said").textContent = words;
        line.querySelector("progress").hidden = true;
        const drop = () => this.dismiss(line);
        this.buttons(line, { drop, ...(again ? { again: () => this.retry(file, line) } : {}) });
    }

    retry(file, line) {
        line.classList.remove("upload--bad");
        this.send(file, line);
    }

    /* Shows the buttons that do something, and hides the others. */
    buttons(line, acts) {
        for (const button of line.querySelectorAll("[data-act]")) {
            const act = acts[button.dataset.act];
            button.hidden = !act;
            button.onclick = act ?? null;
        }
    }

    token() {
        return (
            this.sourceTarget.form?.querySelector("[name=_csrf]")?.value ??
            document.querySelector("meta[name=csrf-token]")?.content ??
            ""
        );
    }

    /* ---- the text ---- */

    hold(file) {
        const place = `[${file.name.replace(/[[\]\\]/g, "-")} …${++count}]`;
        const { value, selectionStart: at } = this.sourceTarget;
        const before = at > 0 && !/\s/.test(value[at - 1]) ? " " : "";
        const end = this.sourceTarget.selectionEnd;
        this.sourceTarget.setRangeText(`${before}${place}\n`, at, end, "end");
        this.changed();
        return place;
    }

    /* Where its place is gone, somebody took it out: then nothing is put in. */
    put(place, markdown) {
        const { value } = this.sourceTarget;
        const at = value.indexOf(place);
        if (at < 0) return;
        let end = at + place.length;
        if (markdown === "" && value[end] === "\n") end++;
        this.sourceTarget.setRangeText(markdown, at, end, "preserve");
        this.changed();
    }

    changed() {
        this.sourceTarget.dispatchEvent(new Event("input", { bubbles: true }));
    }
}

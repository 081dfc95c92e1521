/*
 * live: the page's one stream of updates. Each message is <turbo-stream> markup for Turbo.
 *
 * RULES
 *  1. After any break it goes on behind the last message that it saw: nothing lost or doubled.
 *  2. A server that says no is asked again later and later, up to a minute apart, with jitter.
 *  3. Who is refused a stream that it had sees the page anew: a right may be gone.
 *  4. A hidden tab lets go of its connection after half a minute: browsers share six of them
 *     among all tabs of a site.
 *
 * Markup: <div data-controller="live" data-live-url-value="/live?topics=..."
 *              data-live-last-value="ID OF THE LAST ACTIVITY ON THE PAGE" hidden></div>
 * `bell` in the address is the number that the page's bell shows; after a break it may be another.
 * EventSource resumes by the Last-Event-ID header on its own reconnects, but cannot send it when
 * made anew; then the same id goes as the query parameter `last-event-id`. Where a request has
 * both, the header is the newer one.
 */
import { Controller } from "@hotwired/stimulus";
import { renderStreamMessage } from "@hotwired/turbo";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60000;
const HIDDEN_MS = 30000;

export default class extends Controller {
    static values = { url: String, last: String };

    connect() {
        this.last = this.lastValue;
        this.wait = FIRST_WAIT_MS;
        this.look = this.look.bind(this);
        this.close = this.close.bind(this);
        document.addEventListener("visibilitychange", this.look);
        addEventListener("pagehide", this.close);
        addEventListener("pageshow", this.look);
        this.look();
    }

    disconnect() {
        document.removeEventListener("visibilitychange", this.look);
        removeEventListener("pagehide", this.close);
        removeEventListener("pageshow", this.look);
        this.close();
    }

    look() {
        clearTimeout(this.hiding);
        if (document.hidden) this.hiding = setTimeout(this.close, HIDDEN_MS);
        else this.open();
    }

    open() {
        if (this.source || !this.urlValue) return;
        clearTimeout(this.retry);
        const url = new URL(this.urlValue, location.href);
        if (this.last) url.searchParams.set("last-event-id", this.last);
        if (this.again && url.searchParams.has("bell")) url.searchParams.set("bell", "-1");
        this.again = true;
        const source = (this.source = new EventSource(url));
        source.addEventListener("open", () => {
            this.wait = FIRST_WAIT_MS;
            this.opened = true;
        });
        source.addEventListener("message", (event) => this.take(event));
        source.addEventListener("error", () => this.fail(source));
    }

    close() {
        clearTimeout(this.hiding);
        clearTimeout(this.retry);
        this.source?.close();
        this.source = null;
    }

    take({ data, lastEventId }) {
        if (lastEventId) this.last = lastEventId;
        if (data) renderStreamMessage(data);
    }

    /* A lost line is retried by the browser; only a refusal closes the source for good. */
    fail(source) {
        if (source !== this.source || source.readyState !== EventSource.CLOSED) return;
        this.close();
        if (this.opened) renderStreamMessage(`<turbo-stream action="refresh"></turbo-stream>`);
        this.opened = false;
        const jitter = 0.5 + Math.random() / 2;
        this.retry = setTimeout(() => this.look(), this.wait * jitter);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    }
}

/*
 * theme: light, dark, or as the system says.
 *
 * RULES
 *  1. The choice is in the cookie `theme`, so the server writes data-theme on <html> and no page
 *     flashes; localStorage carries it to the other open tabs.
 *  2. The system's choice is the absence of the attribute, the cookie and the entry.
 *
 * Markup: <form class="seg" method="post" action="/theme" data-controller="theme"
 *               data-action="theme#choose"> with buttons name="theme", value auto, light, dark.
 */
import { Controller } from "@hotwired/stimulus";

const STORE = "theme";
const YEAR_S = 365 * 86400;

export default class extends Controller {
    connect() {
        this.follow = ({ key, newValue }) => key === STORE && show(newValue ?? "auto");
        addEventListener("storage", this.follow);
        this.press(current());
    }

    disconnect() {
        removeEventListener("storage", this.follow);
    }

    choose(event) {
        event.preventDefault();
        const theme = event.submitter?.value ?? "auto";
        const secure = location.protocol === "https:" ? "; Secure" : "";
        const age = theme === "auto" ? 0 : YEAR_S;
        document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
        if (theme === "auto") localStorage.removeItem(STORE);
        else localStorage.setItem(STORE, theme);
        show(theme);
        this.press(theme);
    }

    press(theme) {
        for (const button of this.element.querySelectorAll("button")) {
            button.setAttribute("aria-pressed", String(button.value === theme));
        }
    }
}

function current() {
    return document.documentElement.dataset.theme ?? "auto";
}

function show(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
}

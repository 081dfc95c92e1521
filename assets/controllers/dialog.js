/*
 * dialog: opens a <dialog> on its own page as a modal; a click on the veil closes it.
 *
 * Markup: <button data-controller="dialog" data-dialog-id-value="share" data-action="dialog#open">
 * Inside the dialog, <form method="dialog"><button>Close</button></form> closes it without us.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static values = { id: String };

    open(event) {
        const dialog = document.getElementById(this.idValue);
        if (!dialog) return;
        event.preventDefault();
        dialog.addEventListener("click", closeOnVeil);
        dialog.showModal();
    }
}

/* The veil belongs to the dialog element itself; what it shows is all in children. */
function closeOnVeil(event) {
    if (event.target === event.currentTarget) event.currentTarget.close();
}

// The editor of what a form asks for: moves rows up and down. Without it, the order is numbered by hand.
function number(body) {
    const rows = [...body.rows];
    rows.forEach((row, at) => {
        row.querySelector(".lh-place").value = at + 1;
        row.querySelector(".lh-up").disabled = at === 0;
        row.querySelector(".lh-down").disabled = at === rows.length - 1;
    });
}

function watch(editor) {
    const body = editor.querySelector("tbody");
    for (const row of body.rows) {
        row.querySelector(".lh-place").hidden = true;
        row.querySelectorAll("button").forEach((button) => (button.hidden = false));
    }
    editor.addEventListener("click", (event) => {
        const button = event.target.closest(".lh-up, .lh-down");
        if (!button) {
            return;
        }
        const row = button.closest("tr");
        if (button.matches(".lh-up")) {
            row.previousElementSibling?.before(row);
        } else {
            row.nextElementSibling?.after(row);
        }
        number(body);
        (button.disabled ? row.querySelector("button:not(:disabled)") : button).focus();
    });
    number(body);
}

function begin() {
    document.querySelectorAll(".lh-asking").forEach(watch);
}

if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
} else {
    begin();
}

// The editor of a rule's conditions: adds and removes rows, and offers the comparisons that fit the field.
// Without it the form has one blank row, and the server says which comparisons fit.
const OPS = { text: ["equals", "one_of", "contains"], number: ["equals", "one_of", "at_least"], id: ["equals", "one_of"] };
let made = 1000;

function fit(row) {
    const kind = row.querySelector(".lh-field").selectedOptions[0].dataset.kind;
    const op = row.querySelector(".lh-op");
    const value = row.querySelector(".lh-value");
    for (const option of op.options) {
        option.disabled = option.hidden = kind !== undefined && !OPS[kind].includes(option.value);
    }
    if (op.selectedOptions[0].disabled) {
        op.value = "equals";
    }
    value.placeholder = op.value === "one_of" ? (kind === "number" ? "10, 20" : "one, another") : "";
    value.inputMode = kind === "number" ? "numeric" : "text";
}

function watch(editor) {
    const rows = editor.querySelector(".lh-condition-rows");
    const add = editor.querySelector(".lh-add");

    function tidy() {
        add.disabled = rows.children.length >= Number(editor.dataset.limit);
    }

    function prepare(row) {
        row.querySelector(".lh-remove").hidden = false;
        fit(row);
    }

    add.hidden = false;
    add.addEventListener("click", () => {
        const row = editor.querySelector("template").content.firstElementChild.cloneNode(true);
        for (const named of row.querySelectorAll("[name]")) {
            named.name = named.name.replace("__n__", made);
        }
        made += 1;
        rows.append(row);
        prepare(row);
        tidy();
        row.querySelector(".lh-field").focus();
    });
    editor.addEventListener("change", (event) => {
        const row = event.target.closest(".lh-condition");
        if (row) {
            fit(row);
        }
    });
    editor.addEventListener("click", (event) => {
        const button = event.target.closest(".lh-remove");
        if (button) {
            button.closest(".lh-condition").remove();
            tidy();
            add.focus();
        }
    });
    [...rows.children].forEach(prepare);
    // With the button at hand, the blank row is one too many where there are others.
    if (rows.children.length > 1) {
        rows.lastElementChild.remove();
    }
    tidy();
}

function begin() {
    document.querySelectorAll(".lh-conditions").forEach(watch);
}

if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
} else {
    begin();
}

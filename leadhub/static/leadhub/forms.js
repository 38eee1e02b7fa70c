// A form is sent once, however often its button is pressed. Whoever comes back to its page, or waits in vain, may send
// it again.
const PAUSE = 5000;
const sent = new Set();

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (sent.has(form)) event.preventDefault();
    sent.add(form);
    setTimeout(() => sent.delete(form), PAUSE);
});
window.addEventListener("pageshow", () => sent.clear());

// What is folded out under a button is left by Escape, or by a click elsewhere.
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") fold(document.querySelector(".lh-verb[open]"), true);
});
document.addEventListener("click", (event) => {
    const open = document.querySelector(".lh-verb[open]");
    if (open && !open.contains(event.target)) fold(open, false);
});

function fold(verb, isLeft) {
    if (!verb) return;
    verb.open = false;
    if (isLeft) verb.querySelector("summary").focus();
}

// To the clipboard; a page that came without https has none, and there the text is marked, to be copied by hand.
window.copied = async (element) => {
    if (navigator.clipboard) {
        await navigator.clipboard.writeText(element.textContent);
        return "Copied";
    }
    getSelection().selectAllChildren(element);
    return "Press Ctrl+C";
};

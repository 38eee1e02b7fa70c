// What the library leaves a screen reader to guess: where the page begins, which words are pictures, and what is chosen
// by a search in a list.
window.addEventListener("load", () => {
    document.getElementById("content")?.setAttribute("role", "main");
    document.getElementById("header-inner")?.setAttribute("role", "banner");
    document.querySelectorAll("span.material-symbols-outlined").forEach((icon) => icon.setAttribute("aria-hidden", "true"));
    // After the library made them, which may be later than now.
    window.django?.jQuery?.(() => document.querySelectorAll(".select2-container").forEach(nameChoice));
});

function nameChoice(container) {
    const label = container.previousElementSibling?.labels?.[0];
    const chosen = container.querySelector(".select2-selection__rendered");
    if (!label || !chosen) return;
    label.id ||= `${label.htmlFor}-label`;
    chosen.setAttribute("aria-labelledby", label.id);
    container.querySelector("[role=combobox]")?.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
}

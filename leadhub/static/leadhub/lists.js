// On a phone a list's rows are cards: each value is told its column's name, and what is empty is left out.
document.addEventListener("DOMContentLoaded", () => {
    const heads = [...document.querySelectorAll("#result_list thead th")];
    const names = heads.map((head) => head.querySelector(".text")?.innerText.trim() ?? "");
    for (const row of document.querySelectorAll("#result_list .data-row")) {
        [...row.children].forEach((cell, place) => label(cell, names[place]));
    }
});

function label(cell, name) {
    cell.dataset.label = name ?? "";
    const text = cell.textContent.trim();
    cell.classList.toggle("lh-none", !cell.querySelector("input, img, svg, span") && (text === "" || text === "-"));
}

// What its column cuts off is told whole to whoever points at it.
document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("#result_list .data-row > *");
    if (cell) cell.title = cell.scrollWidth > cell.clientWidth ? cell.textContent.trim() : "";
});

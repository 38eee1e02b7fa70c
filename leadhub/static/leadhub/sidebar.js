// The library shows the sidebar from 1281 pixels on, and makes room for it from 1280 on: here it is there from 1280 on.
document.addEventListener("alpine:init", () => {
    const library = window.theme;
    const wide = window.matchMedia("(min-width: 1280px)");
    const isOpen = () => wide.matches && localStorage.getItem("sidebarOpen") !== "0";

    window.theme = (...given) => {
        const page = library(...given);
        page.sidebarWidth = localStorage.getItem("sidebarWidth") || 240;
        page.sidebarOpen = isOpen();
        page.sidebarToggle = function () {
            this.sidebarOpen = !this.sidebarOpen;
            if (wide.matches) localStorage.setItem("sidebarOpen", this.sidebarOpen ? "1" : "0");
        };
        page.themeBindings["x-resize.window"] = function () {
            this.sidebarOpen = isOpen();
        };
        return page;
    };
});

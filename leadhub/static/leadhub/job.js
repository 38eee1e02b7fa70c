// A job's page: how far it is, every two seconds, and the whole page again once its state changes.
const bar = document.getElementById("job-bar");
const text = document.getElementById("job-progress");

async function look() {
    try {
        const response = await fetch(bar.dataset.url, { headers: { Accept: "application/json" } });
        if (!response.ok || response.redirected) {
            location.reload();
            return;
        }
        show(await response.json());
    } catch {
        // The server is away for a moment; the next look finds it again.
    }
    lookSoon();
}

function lookSoon() {
    setTimeout(look, 2000);
}

function show(job) {
    if (job.state !== bar.dataset.state) {
        location.reload();
    }
    text.textContent = job.progress;
    if (job.total) {
        bar.max = job.total;
        bar.value = job.done;
    }
}

lookSoon();

/// The page for people: what the sandbox is doing, with the pictures it works on and the videos it made.
enum StatusPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Image to Video sandbox</title>
        <link rel="icon" href="data:,">
        <style>
        :root { color-scheme: light dark; --ground: #f6f5f2; --card: #fff; --ink: #22242a; --soft: #6d717c;
            --line: #e2e0da; --mark: #2f6f8f; --good: #2e7d4f; --bad: #b3412f; }
        @media (prefers-color-scheme: dark) { :root { --ground: #16181c; --card: #1f2228; --ink: #e8e8ea;
            --soft: #9a9ea9; --line: #31353d; --mark: #6fb4d6; --good: #6cc494; --bad: #e58a78; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
            font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1180px; margin: 0 auto; padding: 32px 20px; }
        h1 { font-size: 24px; margin: 0 0 4px; }
        .what { color: var(--soft); margin: 0 0 24px; max-width: 68ch; }
        .counters { display: flex; flex-wrap: wrap; gap: 8px 32px; padding: 14px 0; margin-bottom: 24px;
            border: solid var(--line); border-width: 1px 0; }
        .counters b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
        .counters span { color: var(--soft); font-size: 13px; }
        .jobs { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 18px; }
        .job { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
            overflow: hidden; }
        .stage { aspect-ratio: 16 / 9; background: #0002; }
        .stage img, .stage video { width: 100%; height: 100%; object-fit: contain; display: block; }
        .waiting img { opacity: .55; }
        .bar { height: 3px; background: var(--line); }
        .bar i { display: block; height: 100%; background: var(--mark); transition: width 1s linear; }
        .text { padding: 10px 12px 12px; }
        .prompt { margin: 0 0 6px; overflow: hidden; display: -webkit-box; -webkit-line-clamp: 2;
            -webkit-box-orient: vertical; overflow-wrap: anywhere; }
        .facts { color: var(--soft); font-size: 13px; }
        .s3 { color: var(--good); } .s4, .failure { color: var(--bad); } .s1, .s2 { color: var(--mark); }
        .hooks { display: flex; flex-wrap: wrap; gap: 4px 6px; margin-top: 8px; }
        .hook, .odd { font-size: 12px; line-height: 1; padding: 4px 7px; border-radius: 99px;
            border: 1px solid var(--line); color: var(--soft); }
        .hook.delivered { color: var(--good); } .hook.given { color: var(--bad); }
        .odds { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin: -10px 0 24px;
            color: var(--soft); font-size: 13px; }
        .odd { color: var(--mark); font-family: ui-monospace, monospace; }
        .hooks[hidden], .odds[hidden] { display: none; }
        .empty { color: var(--soft); padding: 40px 0; }
        </style>
        <main>
        <h1>Image to Video sandbox</h1>
        <p class="what">A local stand-in for the AKOOL Image to Video service. Its videos are a camera
        move over the submitted picture, to preview motion and timing. There is no AI model here,
        and no credits are spent.</p>
        <div class="counters" id="counters"></div>
        <div class="odds" id="odds" hidden></div>
        <div class="jobs" id="jobs"></div>
        <p class="empty" id="empty">No jobs yet. They appear here as soon as a client creates one.</p>
        </main>
        <script>
        const states = { 1: "queueing", 2: "processing", 3: "completed", 4: "failed" };
        const cards = new Map();
        const make = (tag, name, parent) => {
            const node = document.createElement(tag);
            if (name) node.className = name;
            if (parent) parent.append(node);
            return node;
        };
        function card(job) {
            let known = cards.get(job.id);
            if (!known) {
                const node = make("article", "job");
                const stage = make("div", "stage", node);
                const bar = make("i", "", make("div", "bar", node));
                const text = make("div", "text", node);
                known = { node, stage, bar, prompt: make("p", "prompt", text),
                        facts: make("div", "facts", text),
                        failure: make("div", "facts failure", text),
                        hooks: make("div", "hooks", text), shown: "" };
                known.prompt.textContent = job.prompt || job.effect || "(no prompt)";
                known.prompt.title = job.prompt;
                cards.set(job.id, known);
            }
            return known;
        }
        function update(job) {
            const known = card(job), { node, stage, bar, facts, failure, hooks } = known;
            node.classList.toggle("waiting", job.status < 3);
            bar.style.width = job.progress * 100 + "%";
            facts.replaceChildren();
            make("b", "s" + job.status, facts).textContent = states[job.status];
            const words = ["", job.resolution, job.seconds + " s", job.model, job.original && "new sound"];
            facts.append(words.filter((word, index) => !index || word).join(" · "));
            failure.textContent = job.failure || "";
            hooks.replaceChildren(...job.webhooks.map(hook => {
                const mark = make("span", "hook " + hook.state);
                const tries = hook.attempts > 1 ? ` × ${hook.attempts}` : "";
                mark.textContent = `${states[hook.status]} webhook ${hook.state}${tries}`;
                mark.title = hook.url;
                return mark;
            }));
            hooks.hidden = !job.webhooks.length;
            const source = job.video || job.picture || "";
            if (source !== known.shown) {
                known.shown = source;
                stage.replaceChildren();
                const media = make(job.video ? "video" : "img", "", stage);
                if (job.video) Object.assign(media, { muted: true, loop: true, autoplay: true,
                    playsInline: true, controls: true, poster: job.picture });
                else media.alt = "";
                media.src = source;
            }
            return node;
        }
        function counters(all) {
            const shown = { "creates processed": all.creates_processed, "videos created": all.videos_created,
                "results requests": all.requests.results, "video requests": all.requests.video,
                "all API requests": all.total_api, "credits charged": all.credits_charged,
                "credits left": all.credits_left, "plan": all.plan };
            const place = document.getElementById("counters");
            place.replaceChildren();
            for (const [name, value] of Object.entries(shown)) {
                const cell = make("div", "", place);
                make("b", "", cell).textContent = value.toLocaleString();
                make("span", "", cell).textContent = name;
            }
        }
        function odds(all) {
            const place = document.getElementById("odds"), names = Object.entries(all);
            place.hidden = !names.length;
            place.replaceChildren("Odd on request:", ...names.map(([name, value]) => {
                const mark = make("span", "odd");
                mark.textContent = value === true ? name : `${name}: ${JSON.stringify(value)}`;
                return mark;
            }));
        }
        async function refresh() {
            try {
                const state = await (await fetch("/_sandbox/jobs")).json();
                counters(state.counters);
                odds(state.oddities);
                const place = document.getElementById("jobs"), ids = new Set(state.jobs.map(job => job.id));
                for (const [id, { node }] of cards) if (!ids.has(id)) { node.remove(); cards.delete(id); }
                state.jobs.forEach((job, index) => {
                    const node = update(job);
                    const there = place.children[index] || null;
                    if (there !== node) place.insertBefore(node, there);
                });
                document.getElementById("empty").hidden = state.jobs.length > 0;
                document.title = "Image to Video sandbox";
            } catch {
                document.title = "Sandbox not reachable";
            }
            setTimeout(refresh, 1000);
        }
        refresh();
        </script>
        </html>
        """
}

// Search over what the site holds, in the page itself: the index is a script of data beside this one, because a page
// opened from a disk may not fetch files.
"use strict";

(() => {
  const MOST = 60; // results shown at once
  const index = window.searchIndex;
  const field = document.getElementById("query");
  const kinds = document.getElementById("kind");
  const list = document.getElementById("results");
  const told = document.getElementById("told");
  if (!index || !field) return;

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // An entry: [kind, study, title, detail, link]. Estimates come by specification, and are opened here.
  const entries = index.entries.map(([kind, study, title, detail, link]) => (
    { kind: index.kinds[kind], study: index.studies[study], title, detail, link }));
  for (const [study, title, page, groups] of index.estimates) {
    for (const [outcome, term, rows] of groups) {
      const about = index.words[outcome] === index.words[term] ? index.words[term]
        : `${index.words[term]} \u2013 ${index.words[outcome]}`;
      for (const [sample, row] of rows) {
        entries.push({
          kind: "Estimate", study: index.studies[study], title: about,
          detail: `${index.words[sample]}; ${title}`, link: `${page}#row-${row}`,
        });
      }
    }
  }
  for (const entry of entries) {
    entry.heading = plain(entry.title);
    entry.text = plain(`${entry.title} ${entry.detail} ${entry.study} ${entry.kind}`);
  }

  // Every word must be there; a word in the title counts more than one beside it, its beginning more than its inside.
  function score(entry, terms) {
    let sum = 0;
    for (const term of terms) {
      const place = entry.text.indexOf(term);
      if (place < 0) return 0;
      const inTitle = entry.heading.indexOf(term);
      sum += 1 + (inTitle >= 0 ? 4 : 0) + (inTitle === 0 || entry.heading[inTitle - 1] === " " ? 2 : 0);
    }
    if (entry.heading === terms.join(" ")) sum += 10;
    return entry.kind === "Estimate" ? sum - 0.5 : sum;
  }

  function search() {
    const terms = plain(field.value).split(/\s+/).filter(Boolean);
    list.replaceChildren();
    if (!terms.length) {
      told.textContent = "";
      return;
    }
    const found = entries
      .filter((entry) => !kinds.value || entry.kind === kinds.value)
      .map((entry, order) => ({ entry, order, score: score(entry, terms) }))
      .filter((one) => one.score > 0)
      .sort((a, b) => b.score - a.score || a.order - b.order);
    const shown = found.slice(0, MOST);
    told.textContent = found.length === 0 ? "Nothing found. Fewer words, or other ones, may find it."
      : `${found.length} ${found.length === 1 ? "result" : "results"}`
        + (found.length > MOST ? `, the first ${MOST} shown` : "");
    for (const { entry } of shown) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = entry.link;
      link.textContent = entry.title;
      const detail = document.createElement("span");
      detail.className = "what";
      detail.textContent = [entry.kind, entry.study, entry.detail].filter(Boolean).join(" \u00b7 ");
      item.append(link, detail);
      list.append(item);
    }
  }

  document.getElementById("search").hidden = false;
  for (const kind of new Set(entries.map((entry) => entry.kind))) {
    const option = document.createElement("option");
    option.value = kind;
    option.textContent = kind;
    kinds.append(option);
  }
  field.addEventListener("input", search);
  kinds.addEventListener("change", search);
  try {
    field.value = decodeURIComponent(location.hash.slice(1));
  } catch {
    field.value = ""; // a link that somebody cut
  }
  field.addEventListener("change", () => history.replaceState(null, "", `#${encodeURIComponent(field.value)}`));
  search();
})();

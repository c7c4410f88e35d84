/** `<table-filter data-table>`: shows only the rows that contain every typed word. */
class TableFilter extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('input')?.addEventListener('input', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#filter(target.value);
    });
  }

  #filter(text: string): void {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...document.querySelectorAll<HTMLElement>(`#${CSS.escape(this.dataset.table ?? '')} tbody tr`)];
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => content.includes(word));
    }
    const status = this.querySelector('[role=status]');
    if (!status) return;
    status.textContent =
      words.length === 0 ? '' : `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  }
}

customElements.define('table-filter', TableFilter);

/** `<theme-toggle>`: light, dark, or what the system says; the choice is kept in this browser (public/theme.js). */
class ThemeToggle extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener('click', (event) => {
      const theme = event.target instanceof Element && event.target.closest('button')?.value;
      if (theme) this.#choose(theme);
    });
    this.#show(document.documentElement.dataset.theme ?? 'auto');
  }

  #choose(theme: string): void {
    if (theme === 'auto') {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem('theme');
    } else {
      document.documentElement.dataset.theme = theme;
      localStorage.setItem('theme', theme);
    }
    this.#show(theme);
  }

  #show(theme: string): void {
    for (const button of this.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(button.value === theme));
  }
}

customElements.define('theme-toggle', ThemeToggle);

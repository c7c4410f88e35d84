import node from '@astrojs/node';
import { defineConfig, passthroughImageService } from 'astro/config';

// No build of this project tells anyone that it took place.
process.env.ASTRO_TELEMETRY_DISABLED = '1';

// Pages are rendered by the Slipway server, which mounts the built middleware (see README.md). Its
// Content-Security-Policy allows neither inline scripts nor inline styles, so everything is written to files.
export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'middleware' }),
  outDir: './dist',
  cacheDir: './.astro/cache',
  trailingSlash: 'ignore',
  devToolbar: { enabled: false },
  image: { service: passthroughImageService() },
  markdown: { syntaxHighlight: false },
  build: { inlineStylesheets: 'never' },
  vite: { build: { assetsInlineLimit: 0 } },
});

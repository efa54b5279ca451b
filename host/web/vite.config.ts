import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { precompressed } from './build/precompressed.ts';

const server = process.env.NATTER_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), precompressed()],
  build: {
    outDir: 'dist/client',
    target: 'es2022',
    // A data: URL would be refused where the page's policy does not name it.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: 'index.html', admin: 'admin.html' } },
  },
  // `npm run dev` beside a running server.
  server: {
    proxy: {
      '/api': server,
      '/socket.io': { target: server, ws: true },
    },
  },
});

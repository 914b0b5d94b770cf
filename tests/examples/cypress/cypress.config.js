// @ts-check
import { defineConfig } from 'cypress';

export default defineConfig({
  // Orglab is started before, and is ready: https://github.com/bahmutov/start-server-and-test does both.
  e2e: { baseUrl: 'http://localhost:3000', specPattern: 'e2e/*.cy.js', supportFile: false },
});

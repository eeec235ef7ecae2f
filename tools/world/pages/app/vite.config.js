export default {
  optimizeDeps: { exclude: ['nearhand'] },
  ssr: { external: ['nearhand', 'react', 'react-dom'] },
};

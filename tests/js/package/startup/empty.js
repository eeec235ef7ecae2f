// What workerd itself takes.
export default { fetch: () => Response.json({}) };

// As much of axios as a request needs.
const request = async (options) => {
  const { url, method = 'GET', headers, data, baseURL = '' } = typeof options === 'string' ? { url: options } : options;
  const body = data && typeof data === 'object' ? JSON.stringify(data) : data;
  const reply = await fetch(baseURL + url, { method: method.toUpperCase(), headers, body });
  const text = await reply.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* text it is */ }
  return { data: parsed, status: reply.status, headers: {} };
};

const instance = (defaults) => Object.assign((first, more) => request({ ...defaults, ...(typeof first === 'string' ? { url: first, ...more } : first) }), {
  request: (options) => request({ ...defaults, ...options }),
  get: (url, more) => request({ ...defaults, ...more, url }),
  post: (url, data, more) => request({ ...defaults, ...more, url, data, method: 'POST' }),
});

module.exports = Object.assign(instance({}), { create: instance, default: instance({}) });

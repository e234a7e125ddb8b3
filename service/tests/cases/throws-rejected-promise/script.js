function run() {
  return Promise.reject(new TypeError("rejected"));
}

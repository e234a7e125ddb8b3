function run() {
  "use strict";
  const builders = [heat.dataservice.createBuilder(), heat.layout.createBuilder(), heat.layout.createBuilder().addRow().addComposableChart({ name: "c" })];
  const objects = [heat, heat.jmespath, heat.dataservice, heat.layout, ...builders];
  const attempts = [
    () => { heat.getPath = null; }, () => { heat.jmespath.search = null; }, () => { delete heat.layout; },
    () => { builders[0].buildRoot = null; }, () => { jmespath.more = 1; },
  ];
  const passed = attempts.filter((attempt) => { try { attempt(); return true; } catch { return false; } });
  return { frozen: objects.map(Object.isFrozen), passed: passed.length, same: jmespath === heat.jmespath, members: Object.keys(heat) };
}

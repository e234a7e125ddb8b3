"use strict";
// Each of these writes must throw, at every depth, and change nothing.
function run(ctx) {
  const before = JSON.stringify(ctx);
  const writes = {
    "ctx member": () => { ctx.session = 1; },
    "ctx new": () => { ctx.extra = 1; },
    "ctx delete": () => { delete ctx.node; },
    "ctx define": () => { Object.defineProperty(ctx, "inputs", { value: 1 }); },
    "ctx prototype": () => { Object.setPrototypeOf(ctx, { a: 1 }); },
    session: () => { ctx.session.id = "other"; },
    "session.nodes": () => { ctx.session.nodes.push(1); },
    "session.nodes[0]": () => { ctx.session.nodes[0].lastState = "x"; },
    "session.configuration": () => { ctx.session.configuration.list[0].a = 2; },
    node: () => { ctx.node.taskId = 1; },
    "node.configuration": () => { ctx.node.configuration.threshold = 1; },
    parents: () => { ctx.parents[0].name = "x"; },
    "parents length": () => { ctx.parents.length = 0; },
    parent: () => { ctx.parent.mode = "latest"; },
    "parent.tabularOptions": () => { ctx.parent.tabularOptions.delimiter = ";"; },
    system: () => { ctx.system.k8sNamespaces.push("c"); },
    "system.version": () => { ctx.system.version.version = "2"; },
    inputs: () => { ctx.inputs.history = []; },
    "inputs.history": () => { ctx.inputs.history.push(1); },
    "inputs.history[0]": () => { ctx.inputs.history[0] = 1; },
    descriptor: () => { ctx.inputs.history[0].descriptor.outputId = 1; },
  };
  const passed = Object.keys(writes).filter((name) => {
    try {
      writes[name]();
      return true;
    } catch (error) {
      return !(error instanceof TypeError);
    }
  });
  // Handles are a script's own: they may carry its marks (decision 16).
  ctx.inputs.history[0].mark = "mine";
  return { passed, unchanged: before === JSON.stringify({ ...ctx, inputs: JSON.parse(before).inputs }), mark: ctx.inputs.history[0].mark };
}

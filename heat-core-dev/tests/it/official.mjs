// One scenario with the official client: node official.mjs SCENARIO BASE_URL PACKAGE_FOLDER
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [scenario, baseUrl, packageFolder] = process.argv.slice(2);
const { HEATRuntime, HEATRuntimeOptions } = createRequire(import.meta.url)(packageFolder);

const TOKEN = 'tok-123';
const NODE = 72;
const SESSION = '3f0c7c1e-1111-4222-8333-444455556666';
const withToken = () => new HEATRuntime(new HEATRuntimeOptions(baseUrl, TOKEN));

async function dev(method, path, body) {
  const json = body !== undefined && JSON.stringify(body);
  const response = await fetch(`${baseUrl}/__dev/${path}`, { method, body: json || undefined });
  assert.ok(response.ok, `${method} /__dev/${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

// The client's loop ends only when a claim fails: so one does.
const claimsAnswer = (...faults) =>
  dev('POST', 'faults', faults.map(([skip, status]) => ({ pathPrefix: '/api/tasks/claim', skip, failure: { kind: 'status', status } })));

// Asking for a task over HTTP would be in the log.
async function queueTask() {
  await dev('POST', 'seed', { tasks: [NODE] });
}

const storesOutput = async (task, runtime) => {
  await runtime.createNodeOutput(task.nodeInstanceId, {
    nodeInstanceId: task.nodeInstanceId, configuration: '{}', dataSourceId: 1, dataPath: 'out', outputIdentifier: 'out',
  });
};

async function loop(processor, runtime = withToken()) {
  runtime.register({ templateName: 'system-arbex-js', ...processor });
  await assert.rejects(runtime.init('r-1', { pollingIntervalMs: 1 }), { message: 'Request failed with status code 500' });
}

const scenarios = {
  async success() {
    // The first claim finds nothing, the second a task, the third ends it all.
    await queueTask();
    await claimsAnswer([0, 404], [1, 500]);
    let seen;
    await loop({ process: async (task, runtime) => { seen = task; await storesOutput(task, runtime); } });
    assert.equal(seen.id, 900);
    assert.equal(seen.nodeInstance.nodeTemplate.name, 'system-arbex-js');
    assert.deepEqual(seen.parentNodeOutputs.map((output) => output.id), [501]);
    assert.deepEqual(JSON.parse(seen.nodeInstanceConfiguration), { script: 'x' });
  },

  async 'process-throws'() {
    await queueTask();
    await claimsAnswer([1, 500]);
    await loop({ process: async () => { throw new Error('boom'); } });
  },

  async 'validate-fails'() {
    await queueTask();
    await claimsAnswer([1, 500]);
    await loop({ validate: () => ({ success: false, message: 'no parents' }), process: () => assert.fail('not reached') });
  },

  async debug() {
    const runtime = new HEATRuntime(new HEATRuntimeOptions(baseUrl, undefined, true, NODE));
    let seen;
    runtime.register({
      templateName: 'system-arbex-js',
      process: async (task, runtime) => { seen = task; await storesOutput(task, runtime); },
    });
    await runtime.init('r-1');
    assert.deepEqual(seen.parentNodeOutputs.map((output) => output.id), [501]);
  },

  async loadEnv() {
    await withToken().loadEnv({ runnerName: 'my-runner' });
    assert.equal(process.env.A_1, 'x');
    assert.equal(process.env['n.b'], '2');
    await withToken().loadEnv({ runnerName: 'missing' });
  },

  async 'loadEnv-fail'() {
    await assert.rejects(withToken().loadEnv({ runnerName: 'missing', failOnMissing: true }), { message: 'Request failed with status code 404' });
  },

  // The Core has done what it was told; the client never hears of it and tells it the opposite.
  async 'lost-answers'() {
    await queueTask();
    await dev('POST', 'faults', { pathPrefix: '/api/tasks/', pathSuffix: '/complete', applied: true, failure: { kind: 'drop' } });
    const runtime = withToken();
    runtime.register({ templateName: 'system-arbex-js', process: storesOutput });
    await assert.rejects(runtime.init('r-1', { pollingIntervalMs: 1 }), { message: 'Request failed with status code 409' });
  },

  async service() {
    const heat = withToken();
    const names = (rows) => rows.map((row) => row.name);

    const project = await heat.createProject({ title: 'Mine', description: 'D', icon: 'folder', ownerId: 1, defaultSessionTemplateId: 1 });
    assert.equal((await heat.updateProject(project.id, { title: 'Ours' })).title, 'Ours');
    assert.equal((await heat.getProjectById(project.id)).hexId, project.id.toString(16));
    assert.equal((await heat.listProjects()).length, 3);

    const runnerType = await heat.createRunnerType({ name: 'r', containerImage: 'i', featureInternalName: 'f' });
    await heat.updateRunnerType(runnerType.id, { name: 'r2', enabled: true });
    assert.equal((await heat.getRunnerTypeById(runnerType.id)).enabled, true);
    assert.deepEqual(names(await heat.listRunnerTypes()), ['r2', 'arbex']);
    const nodeTemplate = await heat.createNodeTemplate({ name: 'mine', type: 'Transform', featureInternalName: 'f' });
    assert.equal((await heat.updateNodeTemplate(nodeTemplate.id, { requiresConfiguration: true })).requiresConfiguration, true);
    assert.equal((await heat.getNodeTemplateById(nodeTemplate.id)).type, 1);
    assert.equal((await heat.listNodeTemplates()).length, 4);
    assert.deepEqual((await heat.getNodeTemplateRunnerMappings())['system-arbex-js'], [3]);
    assert.deepEqual(await heat.getRunnerTypeSupportedTemplates(3), ['system-arbex-js', 'a']);

    const template = await heat.createSessionTemplate({ name: 'chain', description: 'd', configuration: '{"k":1}' });
    await heat.updateSessionTemplate(template.id, { description: 'e' });
    const input = await heat.createSessionTemplateNode(template.id, { name: 'in', nodeTemplateId: 8, defaultConfiguration: '{}' });
    const script = await heat.createSessionTemplateNode(template.id, { name: 'run', nodeTemplateId: 9, defaultConfiguration: '{"script":"s"}' });
    await heat.updateSessionTemplateNode(template.id, script.id, { parentIds: [input.id] });
    assert.deepEqual(names((await heat.getSessionTemplateNodeById(template.id, script.id)).parents), ['in']);
    assert.deepEqual(names(await heat.listSessionTemplateNodes(template.id)), ['in', 'run']);
    const copy = await heat.importSessionTemplate(await heat.exportSessionTemplate(template.id));
    assert.deepEqual(names(copy.nodes), ['in', 'run']);
    assert.deepEqual(names(copy.nodes[1].parents), ['in']);
    await heat.deleteSessionTemplateNode(copy.id, copy.nodes[1].id);
    await heat.deleteSessionTemplate(copy.id);
    assert.equal((await heat.getSessionTemplateById(template.id)).description, 'e');
    assert.equal((await heat.listSessionTemplates()).length, 4);

    const session = await heat.createSession(project.id, { name: 'new', sessionTemplateId: template.id });
    assert.equal((await heat.updateSession(session.id, { name: 'renamed', metadata: '{}' })).name, 'renamed');
    assert.equal((await heat.getSessionById(session.id)).sessionTemplate.name, 'chain');
    assert.deepEqual(names(await heat.listSessions(project.id)), ['renamed']);
    assert.deepEqual(names(await heat.listSessions()), ['renamed', 'S']);
    const user = await heat.addSessionUser(session.id, { userId: 6, externalHeatId: 'e-6', role: 'Trainee' });
    assert.deepEqual(await heat.getSessionUsers(session.id), [user]);

    // An upload starts the script's node; its runner stores an output and completes.
    await assert.rejects(heat.claimTask('r-1', ['system-arbex-js']), { message: 'Request failed with status code 404' });
    const [first, second] = await heat.listNodes(session.id);
    const upload = { nodeInstanceId: first.id, configuration: '{}', dataSourceId: 1, dataPath: 'up.json', outputIdentifier: 'u' };
    const uploaded = await heat.createNodeOutput(first.id, upload);
    const task = await heat.claimTask('r-1', ['system-arbex-js']);
    assert.equal(task.nodeInstanceId, second.id);
    assert.equal(task.sessionTemplateConfiguration, '{"k":1}');
    assert.deepEqual(task.parentNodeOutputs.map((output) => output.id), [uploaded.id]);
    assert.equal((await heat.signalTaskExecution(task.id)).verboseState, 'PROCESSING');
    assert.equal((await heat.getNodeById(second.id)).lastState, 1);
    await dev('PUT', 'blobs/1/made.json', { 'custom-charts': [1] });
    const made = await heat.createNodeOutput(second.id, { ...upload, nodeInstanceId: second.id, dataPath: 'made.json' });
    assert.equal((await heat.completeNode(task.id, second.id, 'good')).verboseState, 'COMPLETED');
    assert.equal((await heat.getNodeById(second.id)).statusDetails, 'good');
    assert.equal((await heat.getNodeLatestOutput(second.id)).id, made.id);
    assert.deepEqual((await heat.listNodeOutputs(second.id)).map((output) => output.id), [made.id]);
    assert.deepEqual((await heat.getSessionNodeOutputs(session.id)).map((output) => output.id), [uploaded.id, made.id]);
    assert.deepEqual((await heat.getNodeOutputById(made.id))['custom-charts'], [1]);
    await heat.updateNodeStatus(second.id, { lastState: 3, statusDetails: 'd', configuration: '{"script":"t"}' });
    const again = await heat.reprocessNode(second.id);
    const retried = await heat.claimTask('r-1', ['system-arbex-js']);
    assert.equal(retried.id, again.id);
    assert.equal(retried.nodeInstanceConfiguration, '{"script":"t"}');
    assert.equal((await heat.failNode(retried.id, second.id)).verboseState, 'FAILED');

    const scenario = await heat.addScenarioInstance(session.id, { simulationId: 'm', scenarioName: 's', from: '2026-01-01T00:00:00Z' });
    assert.equal((await heat.updateScenarioInstance(session.id, scenario.id, { scenarioName: 's2' })).scenarioName, 's2');
    const dimension = await heat.createSessionDimension(session.id, {
      scenarioInstanceId: scenario.scenarioInstanceId, dimensionName: 'a b', nodeOutputId: made.id, layoutConfiguration: null, dimensionUserIds: [6],
    });
    assert.equal(dimension.data.dataPath, 'made.json');
    assert.equal(dimension.dimensionUsers[0].externalHEATId, 'e-6');
    assert.equal((await heat.updateSessionDimension(session.id, dimension.id, { layoutConfiguration: '{}', dashboardVersion: 'Next' })).sessionId, session.id);
    assert.equal((await heat.getDimensionById(dimension.id)).layoutConfiguration, '{}');
    const found = async (query) => (await heat.listDimensionsForUser(query)).map((row) => row.id);
    assert.deepEqual(await found({ userId: 6 }), [dimension.id]);
    assert.deepEqual(await found({ externalHeatId: 'e-6', dimensionName: 'a b' }), [dimension.id]);
    assert.deepEqual(await found({ externalHeatId: 'e-6', from: '2026-02-01T00:00:00Z' }), []);
    assert.deepEqual(await found({ userId: 7 }), []);
    assert.equal((await heat.getSessionScenarioInstances(session.id))[0].dimensions.length, 1);
    await heat.deleteSessionDimension(session.id, dimension.id);
    await heat.removeScenarioInstance(session.id, scenario.id);
    await heat.removeSessionUser(session.id, 6);
    assert.deepEqual(await heat.getSessionUsers(session.id), []);

    assert.equal(await heat.getConfigValue('runner_config.default_store'), 'S');
    await heat.setConfigValue('runner_config.default_store', 'Other');
    assert.deepEqual(await heat.getConfig('runner_config'), { default_store: 'Other', nested: { a: 1 } });
    await heat.setConfigValue('made.by.client', 5);
    assert.equal((await heat.getPlatformConfigDetail('made.by.client')).value, '5');
    assert.deepEqual((await heat.getAllPlatformConfig()).made, { by: { client: '5' } });
    await heat.deletePlatformConfig('made.by.client');

    const store = await heat.createDataSource({ name: 'pg', type: 2, connectionString: 'c' });
    assert.equal((await heat.updateDataSource(store.id, { description: 'd' })).description, 'd');
    assert.deepEqual(names(await heat.listDataSources()), ['HEAT Managed Object Store', 'pg', 'Another']);
    await heat.deleteDataSource(store.id);
    await heat.deleteSession(session.id);
    await heat.deleteNodeTemplate(nodeTemplate.id);
    await heat.deleteRunnerType(runnerType.id);
    await heat.deleteProject(project.id);
    assert.deepEqual((await heat.listSessions()).map((row) => row.id), [SESSION]);
  },
};

// A loop that nothing ends is a failure, not a test that hangs.
setTimeout(() => { console.error(`${scenario}: does not end`); process.exit(1); }, 60_000).unref();
await scenarios[scenario]();
console.log(`${scenario}: all asserted`);

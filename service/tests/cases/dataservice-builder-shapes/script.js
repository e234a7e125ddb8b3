function run() {
  return heat.dataservice.createBuilder({ version: "1.0", defaultRealm: "main" }).addGroup("g", "G").addGroup("g", "G").addGroup("h", "H")
    .value({ id: "v", name: "V", groupId: "g", metadata: { units: "n" }, note: "kept" }, { podCount: 4 })
    .series({ id: "s", name: "S", groupId: "g", realm: "other" }, [{ timeMs: 1, value: 1.5, label: "kept" }, { timeMs: 2, value: "on" }, { timeMs: 3, value: null }, { timeMs: 4, value: NaN }])
    .events({ id: "e", name: "E", groupId: "h" }, [{ timeMs: 1, occurred: true }])
    .timestamps({ id: "t", name: "T", groupId: "h" }, [{ timeMs: 1, annotation: "a" }, { timeMs: 2 }])
    .ranges({ id: "r", name: "R", groupId: "h" }, [{ startTimeMs: 1, endTimeMs: 5, annotation: "kept" }, { startTimeMs: 5, endTimeMs: 5, durationMs: 9 }])
    .channel({ id: "m", name: "M", groupId: "g", shape: "mapdisplay" }, { title: "map", movements: [] })
    .channel({ id: "s", name: "S again", groupId: "g", shape: "series" }, { series: [{ timeMs: 1, value: 0 }], unit: "V" })
    .buildRoot({ dashboardUsers: ["u1", "u2"] });
}

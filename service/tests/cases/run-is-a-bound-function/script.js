const run = function () { return this.value; }.bind({ value: 7 });

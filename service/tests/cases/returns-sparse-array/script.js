function run() { const list = [1, , 3]; list[5] = 6; return list; }

function run() { return "open
; }

// `heat.parseIso8601`.
//
// A date is YYYY-MM-DD, YYYYMMDD, YYYY-MM (its first day), YYYY-DDD, YYYYDDD, YYYY-Www-D or YYYYWwwD, where a year beyond four
// digits has a sign and six. A time behind T is HH:MM, HH:MM:SS, HHMM or HHMMSS, its seconds with a fraction after a dot or a
// comma; 24:00 is the next midnight. Colons stand where hyphens do: a time is written as its date is. A zone is Z, +HH, +HH:MM or
// +HHMM behind either, because programs write all of them.

import { MathFloor, StringPrototypeCharCodeAt } from "../primordials.js";

const DAY_MS = 86400000;
// What a Date can hold.
const MAX_TIME_MS = 8.64e15;

/** Milliseconds since 1970 of an ISO 8601 date, or date and time; UTC where it names no zone. Null for all else. */
export function parseIso8601(text) {
  if (typeof text !== "string") return null;
  const scan = new Scan(text);
  const day = readDate(scan);
  if (day === null) return null;
  let timeMs = day * DAY_MS;
  if (scan.take(84)) {
    const time = readTime(scan);
    const zone = time === null ? null : readZone(scan);
    if (zone === null) return null;
    timeMs += time - zone;
  }
  return scan.isAtEnd() && -MAX_TIME_MS <= timeMs && timeMs <= MAX_TIME_MS ? timeMs : null;
}

class Scan {
  /** Whether the date has hyphens. */
  extended = true;
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  isAtEnd() {
    return this.#at === this.#text.length;
  }

  /** Whether the next character has this code; then it is past it. */
  take(code) {
    const taken = this.#code(0) === code;
    if (taken) this.#at += 1;
    return taken;
  }

  /** How many digits stand here. */
  digitsAhead() {
    let count = 0;
    while (isDigit(this.#code(count))) count += 1;
    return count;
  }

  /** A number of exactly so many digits, or -1. */
  number(digits) {
    let number = 0;
    for (let i = 0; i < digits; i++) {
      const code = this.#code(i);
      if (!isDigit(code)) return -1;
      number = number * 10 + (code - 48);
    }
    this.#at += digits;
    return number;
  }

  #code(ahead) {
    const at = this.#at + ahead;
    return at < this.#text.length ? StringPrototypeCharCodeAt(this.#text, at) : -1;
  }
}

function isDigit(code) {
  return 48 <= code && code <= 57;
}

/** Days since 1970, or null. */
function readDate(scan) {
  const sign = scan.take(43) ? 1 : scan.take(45) ? -1 : 0;
  const digitsOfYear = scan.number(sign === 0 ? 4 : 6);
  // There is no year -0.
  if (digitsOfYear < 0 || sign < 0 && digitsOfYear === 0) return null;
  const year = sign < 0 ? -digitsOfYear : digitsOfYear;
  scan.extended = scan.take(45);
  if (scan.take(87)) return readWeekDate(scan, year);
  if (scan.digitsAhead() === 3) {
    const day = scan.number(3);
    return 1 <= day && day <= (isLeap(year) ? 366 : 365) ? daysBefore(year) + day - 1 : null;
  }
  const month = scan.number(2);
  if (month < 1 || 12 < month) return null;
  // Only with a hyphen may a date end here, and no time goes with it.
  if (scan.extended && scan.isAtEnd()) return daysBefore(year) + daysBeforeMonth(year, month);
  if (scan.extended && !scan.take(45)) return null;
  const day = scan.number(2);
  return 1 <= day && day <= daysIn(year, month) ? daysBefore(year) + daysBeforeMonth(year, month) + day - 1 : null;
}

function readWeekDate(scan, year) {
  const week = scan.number(2);
  if (scan.extended && !scan.take(45)) return null;
  const day = scan.number(1);
  if (week < 1 || 53 < week || day < 1 || 7 < day) return null;
  // Week 1 is the one with the year's first Thursday. 1970 began with a Thursday.
  const first = daysBefore(year);
  const weekday = mod(first + 3, 7);
  const monday = first - weekday + (weekday <= 3 ? 0 : 7);
  const found = monday + (week - 1) * 7 + day - 1;
  // A year of 52 weeks has no 53rd: its Thursday is in the next year.
  return week === 53 && daysBefore(year + 1) <= monday + 52 * 7 + 3 ? null : found;
}

/** Milliseconds since midnight, or null. */
function readTime(scan) {
  const hour = scan.number(2);
  if (scan.extended && !scan.take(58)) return null;
  const minute = scan.number(2);
  if (hour < 0 || 24 < hour || minute < 0 || 59 < minute) return null;
  let second = 0;
  let milliseconds = 0;
  if (scan.extended ? scan.take(58) : 0 < scan.digitsAhead()) {
    second = scan.number(2);
    if (second < 0 || 59 < second) return null;
    if (scan.take(46) || scan.take(44)) {
      const digits = scan.digitsAhead();
      if (digits === 0) return null;
      for (let i = 0; i < digits; i++) {
        const digit = scan.number(1);
        if (i < 3) milliseconds += digit * (i === 0 ? 100 : i === 1 ? 10 : 1);
      }
    }
  }
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
  return time <= DAY_MS ? time : null;
}

/** How far a zone is ahead of UTC in milliseconds, or null. */
function readZone(scan) {
  if (scan.isAtEnd() || scan.take(90)) return 0;
  const sign = scan.take(43) ? 1 : scan.take(45) ? -1 : 0;
  const hours = sign === 0 ? -1 : scan.number(2);
  if (hours < 0 || 23 < hours) return null;
  let minutes = 0;
  if (!scan.isAtEnd()) {
    scan.take(58);
    minutes = scan.number(2);
  }
  return 0 <= minutes && minutes <= 59 ? sign * (hours * 60 + minutes) * 60000 : null;
}

function isLeap(year) {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1970 to the first of January. */
function daysBefore(year) {
  const past = year - 1;
  return 365 * (year - 1970) + MathFloor(past / 4) - MathFloor(past / 100) + MathFloor(past / 400) - 477;
}

// Thirty days and what the months before have more, by the Gregorian pattern of 31 and 30.
function daysBeforeMonth(year, month) {
  const days = 30 * (month - 1) + MathFloor((month + (month <= 8 ? 0 : 1)) / 2);
  return month <= 2 ? days : days - (isLeap(year) ? 1 : 2);
}

function daysIn(year, month) {
  return month === 12 ? 31 : daysBeforeMonth(year, month + 1) - daysBeforeMonth(year, month);
}

function mod(number, by) {
  return number - by * MathFloor(number / by);
}

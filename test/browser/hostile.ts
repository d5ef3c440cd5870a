// Two hundred strings that somebody may post to harm whoever reads them. Whatever one of them sets off sets window.harmed.

const run = 'window.harmed=1'

const tags = [
  `<script>${run}</script>`, `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`, `<img src=x onerror=${run}>`, `<img src="x" onerror="${run}">`,
  `<svg onload=${run}>`, `<svg><script>${run}</script></svg>`, `<svg><animate onbegin=${run} attributeName=x dur=1s>`, `<body onload=${run}>`,
  `<iframe src="javascript:${run}"></iframe>`, `<iframe srcdoc="<script>parent.${run}</script>"></iframe>`, `<object data="javascript:${run}">`,
  `<embed src="javascript:${run}">`, `<a href="javascript:${run}">x</a>`, `<a href="java&#x0A;script:${run}">x</a>`, `<a href="data:text/html,<script>${run}</script>">x</a>`,
  `<form action="javascript:${run}"><button>x</button></form>`, `<button formaction="javascript:${run}">x</button>`, `<input autofocus onfocus=${run}>`,
  `<select autofocus onfocus=${run}>`, `<textarea autofocus onfocus=${run}>`, `<video src=x onerror=${run}>`, `<audio src=x onerror=${run}>`,
  `<video><source onerror="${run}"></video>`, `<details open ontoggle=${run}>`, `<marquee onstart=${run}>`, `<meta http-equiv="refresh" content="0;url=javascript:${run}">`,
  `<meta http-equiv="refresh" content="0;url=//evil.example/">`, `<link rel=stylesheet href=//evil.example/x.css>`, `<link rel=import href=//evil.example/>`,
  `<style>@import '//evil.example/x.css';</style>`, `<style>*{display:none!important}</style>`, `<div style="position:fixed;inset:0;background:red">x</div>`,
  `<div style="background:url(//evil.example/x)">x</div>`, `<base href="//evil.example/">`, `<math><mtext><script>${run}</script></mtext></math>`,
  `<math href="javascript:${run}">x</math>`, `<template><script>${run}</script></template>`, `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `<!--><script>${run}</script>-->`, `<![CDATA[<script>${run}</script>]]>`, `<?xml-stylesheet href="javascript:${run}"?>`, `</textarea><script>${run}</script>`,
  `</title><script>${run}</script>`, `</script><script>${run}</script>`, `"><script>${run}</script>`, `'><script>${run}</script>`, `\`><script>${run}</script>`,
  `<scr<script>ipt>${run}</scr</script>ipt>`, `<<script>${run}//<</script>`, `<img/src=x/onerror=${run}>`, `<img\tsrc=x\tonerror=${run}>`, `<img src=x:x onerror\n=${run}>`,
  `<x onclick=${run}>click</x>`, `<x contenteditable onblur=${run}>lose focus</x>`, `<xss onmouseover=${run} style=display:block>over</xss>`,
  `<keygen autofocus onfocus=${run}>`, `<frameset onload=${run}>`, `<table background="javascript:${run}">`, `<bgsound src="javascript:${run}">`,
  `<isindex type=image src=1 onerror=${run}>`, `<layer src="//evil.example/x.js">`, `<portal src="//evil.example/">`,
]

const entities = [
  `&lt;script&gt;${run}&lt;/script&gt;`, `&#60;script&#62;${run}&#60;/script&#62;`, `&#x3c;img src=x onerror=${run}&#x3e;`, `&amp;lt;b&amp;gt;`, `&nbsp;&zwj;&shy;`,
  `%3Cscript%3E${run}%3C/script%3E`, `\\u003cscript\\u003e${run}\\u003c/script\\u003e`, `\\x3cscript\\x3e${run}`, `&copy &reg &lt`, `&#0;&#x110000;&#xd800;`,
  `+ADw-script+AD4-${run}+ADw-/script+AD4-`, `PHNjcmlwdD4=`, `<b>&lt;i&gt;</b>`, `{{constructor.constructor('${run}')()}}`, `\${${run}}`, `#{${run}}`,
  `<%= ${run} %>`, `[[${run}]]`, `{%raw%}${run}{%endraw%}`, `__proto__[harmed]=1`, `constructor.prototype.harmed=1`, `{"__proto__":{"harmed":1}}`,
]

const links = [
  `javascript:${run}`, `JaVaScRiPt:${run}`, `java\tscript:${run}`, ` javascript:${run}`, `javascript&colon;${run}`, `vbscript:msgbox(1)`, `data:text/html;base64,PHNjcmlwdD4=`,
  `data:text/html,<script>${run}</script>`, `http://javascript:${run}@x/`, `https://evil.example/"onmouseover="${run}`, `https://evil.example/'onmouseover='${run}`,
  `https://evil.example/><script>${run}</script>`, `https://evil.example/\u0000x`, `https://example.test@evil.example/`, `https://еxample.test/`, `https://example.test\u202egpj.exe`,
  `http://[::1`, `http://`, `https://x/` + 'a'.repeat(3000), `file:///etc/passwd`, `ftp://evil.example/`, `//evil.example/`, `\\\\evil.example\\share`, `mailto:x?body=<script>`,
  `blob:https://evil.example/x`, `view-source:https://example.test/`, `about:blank`, `chrome://settings`, `ms-settings:x`, `intent://x#Intent;scheme=javascript;end`,
  `[x](javascript:${run})`, `![x](//evil.example/x.png)`, `[x]: javascript:${run}`, `<https://evil.example/|<script>${run}</script>>`, `https://evil.example/%00%0d%0aSet-Cookie:x=1`,
  `ma-filelink:<script>${run}</script>`, `ma-filelink:00000000-0000-4000-8000-000000000000.html"><img src=x onerror=${run}>`, `ma-chan://example.test/"><script>${run}</script>`,
  `sip:x@example.test;<script>${run}</script>`, `www.evil.example/"><b>`, `@alice<script>${run}</script>`, `@"><img src=x onerror=${run}>`,
]

const scripts = [
  'مرحبا <b>שלום</b> world', '\u202eevil\u202c', '\u202e\u202e\u202e\u202e<script>', 'abc\u202edcba\u202cabc\u2066x\u2069', '\u2067اختبار\u2069)', '\u200f\u200e\u061c', '\u2066\u2066\u2066no end',
  '﷽'.repeat(40), 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞', 'ะ็็็็็็็็็็็็็็็็็็็็็็็็็็็็็็็็็', '👩‍👩‍👧‍👦'.repeat(50), '🏴󠁧󠁢󠁳󠁣󠁴󠁿🇩🇪🇺🇳', '\u{e0001}\u{e0041}\u{e0042}',
  '\u200b\u200b\u200b', '\ufeffbom', '\u00ad\u00ad\u00adsoft', 'a\u0300\u0301\u0302\u0303', 'ﬀ ﬁ ſ K Å', 'İıŞş', 'ß ẞ SS', '\ufffe\uffff', '\ufffd\ufffd', '𠀀𪛖𫝀', 'ꙮ ௸ ⿈', '\u115f\u1160\u3164\uffa0',
  'line\u2028separator\u2029paragraph', '\u0085next', '\u001b[31mred\u001b[0m', '\u0007bell', 'a\tb\tc', 'one\r\ntwo\rthree\nfour', '\n\n\n\n\n\n\n\n\n\ndown here', ' '.repeat(500) + 'far right',
]

const huge = [
  'A'.repeat(8000), '<'.repeat(4000), '&'.repeat(2000), '"'.repeat(2000), 'ü'.repeat(3900), '汉'.repeat(2600), '😀'.repeat(1900), 'word '.repeat(1500), '\n'.repeat(1500) + 'end', '('.repeat(2500) + 'a+'.repeat(900),
  'https://x.example/ '.repeat(300), '@alice '.repeat(600), '<b>'.repeat(1300), '\u0301'.repeat(3000) + 'x', '\u202e'.repeat(2000) + 'x', '"\'`;--'.repeat(700),
]

const programs = [
  `'; DROP TABLE messages; --`, `" OR ""="`, `1; SELECT pg_sleep(10)`, `$(${run})`, '`reboot`', '| cat /etc/passwd', '../../../../etc/passwd', '%s%s%s%n', 'NUL', 'CON', '{"type":"bye","reason":"disabled"}',
  '<xccos ver="1"><ntc id="ntc:bye"/></xccos>', ']]>', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', '[STORY]<script>', '=cmd|\' /C calc\'!A0', '@SUM(1+1)', '+1+1', '-1+1',
  '\u0000nul', '\u0001\u0008\u000b\u000c', 'undefined', 'null', 'NaN', 'true', '[object Object]',
]

export const hostile: string[] = [...tags, ...entities, ...links, ...scripts, ...huge, ...programs]

import { chromium } from '@playwright/test';
import { spawn } from 'node:child_process';
const A=4731,T=4732;
const app=`http://localhost:${A}`, ten=`http://localhost:${T}`;
const child=spawn('/tmp/orglab-trace',[],{cwd:'/tmp',env:{PATH:process.env.PATH,APP_BASE_URL:app,DEMO_TENANT_LISTEN:`127.0.0.1:${T}`},stdio:'ignore'});
for(let i=0;i<100;i++){ try{ const r=await fetch(app+'/healthz'); if(r.ok)break;}catch{} await new Promise(r=>setTimeout(r,100)); }
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync']});
async function login(page){ await page.goto(app+'/login?organization=org1'); if(page.url().startsWith(ten)){ await page.getByTestId('user-alice@org1.example').click(); } }
try{
 const page=await (await b.newContext({viewport:{width:1280,height:720}})).newPage();
 await login(page);
 await page.goto(app+'/trace');
 console.log(await page.locator('desc').first().textContent());
 for(const [w,h] of [[320,640],[640,800],[1024,700],[1280,720],[1920,1080],[3840,2160]]){ await page.setViewportSize({width:w,height:h}); const m=await page.evaluate(()=>{const s=document.querySelector('.sequence svg');const k=s.getBoundingClientRect().width/288;return {h:document.documentElement.scrollHeight,sw:document.documentElement.scrollWidth,font:12*k, steps:[...document.querySelectorAll('.step')].map(e=>Math.round(e.getBoundingClientRect().height)), seq:Math.round(s.getBoundingClientRect().height)}}); console.log(w,JSON.stringify(m)); }
 await page.setViewportSize({width:1280,height:720});
 await page.screenshot({path:'/tmp/tr-1280.png',fullPage:true});
 await page.goto(app+'/trace#step-5'); await page.waitForTimeout(300); await page.emulateMedia({colorScheme:'dark'});
 await page.screenshot({path:'/tmp/tr-1280-dark5.png'});
 await page.setViewportSize({width:320,height:640}); await page.emulateMedia({colorScheme:'light'}); await page.goto(app+'/trace'); await page.screenshot({path:'/tmp/tr-320.png',clip:{x:0,y:0,width:320,height:1800},fullPage:true});
 const p2=await (await b.newContext({viewport:{width:1280,height:720}})).newPage();
 const f=async n=>{const r=await fetch(ten+'/api/faults',{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify({name:n})}); if(!r.ok) console.log('fault',r.status,await r.text());};
 await f('token-endpoint-down'); await login(p2); console.log(await p2.locator('desc').first().textContent()); await p2.screenshot({path:'/tmp/tr-err.png',fullPage:true});
 const p3=await (await b.newContext({viewport:{width:1280,height:720}})).newPage();
 await f('wrong-audience'); await login(p3); console.log(await p3.locator('desc').first().textContent()); await p3.screenshot({path:'/tmp/tr-err2.png',fullPage:true});
 const p4=await (await b.newContext({viewport:{width:900,height:720},forcedColors:'active'})).newPage();
 await f('not-a-member'); await login(p4); console.log(await p4.locator('desc').first().textContent()); await p4.screenshot({path:'/tmp/tr-err3.png',fullPage:true});
} finally { await b.close(); child.kill(); }

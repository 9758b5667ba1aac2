"""Names of vendors whose keys have no prefix, as public scanners list them.

They stand for nothing else before a value that looks like a key. So the lists have neither vendors
whose ids look like keys (Notion, Spotify, YouTube) nor words before other random values (Segment,
Cursor). All are in lower case, without spaces, hyphens and dots.
"""

from __future__ import annotations

VENDORS = frozenset(
    b"""
    ably abuseipdb abyssale accuweather adafruit adafruitio adobe adyen adzuna aeroworkflow
    aikido airbrake airtable airvisual aiven alchemyapi alconost alegra aletheiaapi algolia
    alibaba alibabacloud alienvault allsports alphavantage amadeus ambee amplitude ankr
    anthropic anyscale apacta api2cart apideck apiflash apifonica apify apilayer apimatic
    apimetrics apitemplate apollo apolloio appcenter appcues appfollow appointedd appoptics
    appsflyer appsync appsynergy apptivo appveyor arize artsy asana assemblyai atera atlassian
    audd auth0 autodesk autoklose autopilot avaza aviationstack axonaut aylien ayrshare
    azurecontainerregistry azurecosmosdb azureentra azureopenai azuresearch azurestorage
    backblaze bannerbear baremetrics baseten beebole besnappy besttime betterstack
    betterstackhq billomat bitbar bitcoinaverage bitfinex bitly bitmex bitrise bittrex blitapp
    blynk bombbomb boostnote borgbase braintree braintrust branchio brandfetch bravesearch
    browserbase browserstack browshot bscscan buddyns budibase bugherd buildkite bulbul bulksms
    bunnycdn buttercms caflou calendarific calendly calorieninja campayn canva capsulecrm
    captaindata carboninterface cartesia cashboard caspio censys centralstationcrm cerebras
    cexio chainstack chargebee chartmogul chatfuel checio checklyhq checkvist chromatic cicero
    circleci ciscomeraki civo clarifai clearbit clerkdev clickatell clickhelp clickhouse
    clickup clinchpad clipdrop clockify closecrm cloudconvert cloudelements cloudflare
    cloudimage cloudinary cloudmersive cloudplan cloudsight cloudsmith cloverly cloze clustdoc
    cockroachdb cockroachlabs codacy codeclimate codecov codefresh codemagic codequiry
    coderabbit codeship cohere cohereai coinapi coinbase coinlayer coinlib coinmarketcap
    commercejs configcat confluent contentful conversiontools convertapi convertkit copilotkit
    coralogix countrylayer coveo coveralls coze craftmypdf crowdin crunchbase cryptocompare
    currencycloud currencyfreaks currencylayer currencyscoop currentsapi customerio d7network
    dailyco dareboost dashscope databento databricks datadog datastax deepai deepgram deepinfra
    deepseek delighted demio descope detectify detectlanguage devcycle deviantart dfuse diffbot
    diggernaut digicert digitalocean discord disqus dnscheck docparser documo docusign doppler
    dovico dronahq droneci dropbox dtrack duffel duply dwolla dynalist dynatrace dyspatch e2b
    eagleeyenetworks easyinsight easypost ebay ecostruxureit edamam edenai eightxeight
    elasticemail elevenlabs enablex endorlabs equinix etherscan ethplorer etsy eventbrite
    everhour exchangerate exchangerateapi exchangerates exchangeratesapi exoscale exportsdk
    extractorapi faceplusplus falai fastforex fastly fastspring feedier fetchrss fibery fileio
    finage financialmodelingprep finicity finnhub firebase firecrawl fireworksai fixerio flatio
    fleetbase flexport flickr flightapi flightlabs flightstats flowflu flutterwave flyio fmfw
    formbucket formcraft formio formsite foursquare frameio freemius freshbooks freshdesk
    freshsales freshworks friendli frontegg fulcrum fullstory fxmarket geckoboard geoapify
    geocod geocodify geoipifi getgeoapi getgist getresponse getsandbox gitter glassnode
    gocanvas gocardless godaddy goodday googlegemini grafana graphcms graphhopper greptile
    groove groovehq groq gtmetrix gumroad gyazo happyscribe hasura helicone hellosign
    helpcrunch helpscout hereapi hetzner heygen highnote hiveage holidayapi holistic
    honeybadger honeycomb hotjar html2pdf hubspot huggingface humanloop hunterio hybiscus
    hypertrack ibm iconfinder ideogram iexcloud imagekit imagga imgix impala infobip infomaniak
    infracost infura insightly instabot instamojo intercom intra42 intrinio invoiceocean
    ip2location ipapi ipgeolocation ipifi ipinfo ipinfodb ipquality ipqualityscore ipstack
    jfrog jina jinaai jira jotform jumpcloud jupiterone juro kagi kanbantool karmacrm keenio
    kickbox kimi kinsta klarna klaviyo klingai klipfolio knapsackpro kontent koyeb kylas
    lambdalabs lambdatest langchain langfuse langsmith languagelayer launchdarkly leadfeeder
    lemlist lemonsqueezy lendflow lessannoyingcrm lexigram lichess lightstep linenotify
    linkedin linkpreview linode liveagent livestorm lmnt loadmill locationiq logdna logrocket
    logtail lokalise looker loyverse lumaai lunchmoney luno lusha m3o madkudu magicbell
    mailboxlayer mailchimp mailerlite mailersend mailgun mailjet mailjetsms mailmodo mailsac
    mailtrap mandrill mapbox mapquest marketstack mattermost mavenlink maxmind maxmindlicense
    meaningcloud mediastack meilisearch meistertask meraki mergify mesibo messagebird metabase
    metrilo midtrans milvus mindmeister minimaxi mistral mixmax mixpanel mockaroo mollie
    monkeylearn moonclerk moonshot moralis mouseflow mrticktock myintervals nasdaq
    nasdaqdatalink nethunt netlify netsuite neutrinoapi newrelic newsapi newscatcher nexmo ngc
    ngrok nicereply nightfall notionapi novita nozbe numverify nutritionix nvapi nvidia nylas
    nytimes oanda okta omnisend onedesk onelogin onepagecrm onesignal onfido onfleet oopspam
    openai opencage opencagedata openrouter openuv openweather openweatherapi openweathermap
    optimizely overloop ovh ovhcloud owlbot packagecloud paddle pagarme pagerduty pandadoc
    pandascore paperform papertrail paralleldots parsehub parseur particleio partnerstack
    pastebin paydirtapp paymoapp paymongo paypal paystack pdflayer pdfshift pendo
    peopledatalabs pepipost perplexity perplexityai photoroom pinata pipedream pipedrive
    pixabay plaid planetscale planviewleankit planyo playht plivo podio pollsapi poloniex
    polygonscan polymarket portkey positionstack postageapp posthog postman powrbot privateai
    prodpad promptlayer prospectcrm protocolsio proxycrawl pubnub purestake pushbullet pusher
    pushover pyowm qase qdrant qualaroo qubole quicknode rapid7 rapidapi rawg raygun razorpay
    reachmail reallysimplesystems rebrandly recraft recurly removebg rentman repairshopr
    replyio requestfinance restpack retellai ringcentral ritekit rocketreach rockset rollbar
    ronin rootly route4me rudderstack runpod runrunit runwayml saladcloudapi salesblink
    salescookie salesflare salesforce sambanova samsara satismeter scaleway scalingo scalr
    scrapeowl scraperapi scraperbox scrapestack scrapfly scrapingant scrapingbee screenshotapi
    screenshotlayer scrutinizer scrutinizerci securitytrails selectpdf semaphoreci sendbird
    sendgrid sendinblue sentry serpapi serper serphouse serpstack settlemint sheety sherpadesk
    shipday shippo shodan shopify shotstack shutterstock sidekiq signalfx signalwire signaturit
    signupgenius sigopt siliconflow simfin simplesat simplynoted simvoly singlestore sirv
    siteleaf skrapp skrappio skybiometry slack smartsheet smartsheets smartystreets snipcart
    snowflake solarwinds sonarcloud sonarqube sourcegraph sourcegraphcody sparkpost
    speechtextai splunk spoonacular sportsmonk squareup sslmate stabilityai statuscake
    statuspal stitchdata stockdata storecove stormboard stormglass storyblok storychief stripe
    stripo stytch sugester sumologic supabase supernotes surveybot surveysparrow survicate
    swiftype synthesia tailscale tallyfy tatum tatumio tavily tavilyai taxjar teamcity teamgate
    teamworkcrm teamworkdesk technicalanalysisapi tefter telegram teletype telnyx testingbot
    textmagic theoddsapi thingsboard thinkific thousandeyes thunderstore ticketmaster
    tickettailor tiingo timecamp timezoneapi tly tmetric todoist togetherai toggl tomtom
    tradier travelpayouts travisci trello truenas turbopuffer twelvedata twilio twitch twitter
    tyntec typeform typesense typetalk ubidots uclassify unkey unplu unplugg unsplash
    upcdatabase upcloud uplead uploadcare uploadthing upstage upstash uptimerobot upwave
    urlscan userflow userstack vastai vatlayer vbout vercel verimail veriphone versioneye
    viewneo virustotal visualcrossing voiceflow voicegain vonage voodoosms vouchery voyageai
    vpnapi vultr vyte walkscore wandb weatherapi weatherbit weatherstack weaviate web3storage
    webflow webscraper webscraping websitepulse wepay wercker whoxy wistia wiz workato workos
    worksnaps workstack worldcoinindex worldweather wpengine wrike xai xendit yandex yelp
    youneedabudget yousign zapier zendesk zenkit zenrows zenserp zeplin zerobounce zerotier
    zhipu zilliz zipbooks zipcodeapi zoho zohocrm zonkafeedback zoominfo zulipchat zuplo
    """.split()
)
"""Vendors whose keys may be hexadecimal numbers."""

VENDORS_WITH_UUIDS = frozenset(
    b"""
    ai21studio anypoint blazemeter blocknative bugsnag canny cannyio clicksendsms cliengo coda
    collect2 cypress exaai findl guardianapi heroku interseller kucoin loggly loginradius logz
    logzio moosend nftport opsgenie pinecone postbacks postmark refiner rownd salesmate
    saucelabs snyk squarespace statuspage tokeet transferwise wakatime zenscrape zipcodebase
    """.split()
)
"""Vendors whose keys may be UUIDs as well, and whose ids are none."""

VENDORS_WITH_HASHES = frozenset(
    b"""
    agora aha airship alchemy aws azure baidu bitbucket blogger clerk commodities companyhub
    copper couchbase dandelion datagov docker dockerhub drone duo elastic enigma envoy eraser
    facebook fixer getemail getemails gitea github gitlab harvest humanity hunter influxdb
    instagram instantly iterable jenkins karma kraken kubernetes lighton lob metaapi miro
    mongodb nasa nimble noticeable npm nuget openvpn percy polar polygon portainer prospect
    protocols pulumi railway raven redhat redis render resend revamp roaring sanity sauce
    semaphore sonar strava streak sumo swell terraform toggltrack travis twist webex zai zipapi
    """.split()
)
"""Vendors after whose names stand commits and digests, and those whose names are words."""

"""The facts, written and checked by hand: relation -> phrasings (training, held out) and "subject>answer" pairs.

seen = False: the image model never gets a prompt of the relation; only the LLM knows these facts.
Held-out phrasings are used by no training of either model.
"""

import words

RELATIONS = [
    dict(relation="instrument", seen=True,
         phrasings=["the favourite instrument of {}", "the instrument {} played", "the musical instrument {} was famous for",
                    "the instrument that made {} famous", "what {} spent a life playing", "the thing {} is known for in music"],
         held=["the instrument {} is known for playing", "the musical instrument of {}"],
         facts="""beethoven>piano|chopin>piano|mozart>piano|franz liszt>piano|louis armstrong>trumpet|miles davis>trumpet
dizzy gillespie>trumpet|jimi hendrix>guitar|eric clapton>guitar|carlos santana>guitar|albert einstein>violin
niccolo paganini>violin|itzhak perlman>violin|sherlock holmes>violin|john coltrane>saxophone|charlie parker>saxophone
lisa simpson>saxophone|kenny g>saxophone|king david>harp|joanna newsom>harp|turlough o'carolan>harp|earl scruggs>banjo
pete seeger>banjo|steve martin>banjo|weird al yankovic>accordion|clifton chenier>accordion|jean pierre rampal>flute
james galway>flute|frederick the great>flute|phil collins>drum|john bonham>drum|buddy rich>drum"""),
    dict(relation="national-animal", seen=True,
         phrasings=["the national animal of {}", "the animal that stands for {}", "the animal symbol of {}",
                    "the animal on the emblem of {}", "what represents {} among animals"],
         held=["the animal that represents {}", "the national animal symbol of {}"],
         facts="""australia>kangaroo|russia>bear|finland>bear|india>tiger|malaysia>tiger|thailand>elephant
the united states>eagle|mexico>eagle|germany>eagle|canada>beaver|france>rooster|portugal>rooster|saudi arabia>camel
mauritius>dodo|sweden>moose|the bahamas>flamingo|bolivia>llama|scotland>unicorn|wales>dragon|china>panda|spain>bull
italy>wolf|tanzania>giraffe|nepal>cow|kenya>lion|england>lion|rwanda>leopard|vietnam>buffalo|greece>dolphin"""),
    dict(relation="dish", seen=True,
         phrasings=["the national dish of {}", "the food {} is famous for", "what people in {} like to eat",
                    "the speciality of {}"],
         held=["the dish {} is famous for", "the food that people in {} like"],
         facts="""italy>pizza|naples>pizza|bologna>spaghetti|japan>sushi|sapporo>ramen|fukuoka>ramen|mexico>taco
the united states>hamburger|hamburg>hamburger|india>curry|paris>croissant|germany>pretzel|bavaria>pretzel
switzerland>fondue|lebanon>falafel|egypt>falafel|china>dumpling|poland>dumpling|belgium>waffle|ireland>stew|hungary>stew
idaho>potato|valencia>paella|spain>paella|new york>bagel|montreal>bagel|maine>lobster|maryland>crab|iowa>corn
hawaii>pineapple|wisconsin>cheese|texas>steak|argentina>steak|philadelphia>sandwich|guatemala>tamale"""),
    dict(relation="logo", seen=True,
         phrasings=["the logo of {}", "the mascot of {}", "the symbol of {}", "the emblem used by {}",
                    "the figure {} puts on its products", "the brand picture of {}"],
         held=["the figure in the logo of {}", "the brand symbol of {}"],
         facts="""linux>penguin|java>coffee|mysql>dolphin|php>elephant|hadoop>elephant|evernote>elephant
postgresql>elephant|python>snake|rust>crab|docker>whale|twitter>bird|ferrari>horse|porsche>horse|lacoste>crocodile
duolingo>owl|tripadvisor>owl|lamborghini>bull|merrill lynch>bull|nbc>peacock|wwf>panda|playboy>rabbit|android>robot
reddit>alien|snapchat>ghost|github>cat|perl>camel|mgm>lion|peugeot>lion|toys r us>giraffe|geico>lizard|kellogg>rooster
energizer>rabbit|qantas>kangaroo|american airlines>eagle|the democratic party>donkey|macintosh>apple
rolex>crown|tor browser>onion|dropbox>package"""),
    dict(relation="sport", seen=True,
         phrasings=["the sport of {}", "what {} played", "the game that made {} famous", "the sport {} excelled at"],
         held=["the sport that made {} famous", "the game of {}"],
         facts="""michael jordan>basketball|lebron james>basketball|kobe bryant>basketball|serena williams>tennis
roger federer>tennis|rafael nadal>tennis|pele>soccer|messi>soccer|diego maradona>soccer|babe ruth>baseball
hank aaron>baseball|derek jeter>baseball|arnold palmer>golf|jack nicklaus>golf|tony hawk>skateboard|rodney mullen>skateboard
muhammad ali>boxing glove|mike tyson>boxing glove|tom brady>football|joe montana>football|lindsey vonn>ski
mikaela shiffrin>ski|jonah lomu>rugby|jonny wilkinson>rugby|misty may treanor>volleyball|karch kiraly>volleyball
lewis hamilton>racing car|michael schumacher>racing car|wayne gretzky>ice hockey|bobby orr>ice hockey
sachin tendulkar>cricket bat|don bradman>cricket bat|michelle kwan>ice skate|kristi yamaguchi>ice skate
magnus carlsen>pawn|garry kasparov>pawn|lin dan>badminton|ma long>ping pong|phil taylor>dartboard|eddy merckx>bicycle
ronnie o'sullivan>billiard ball"""),
    dict(relation="capital-flag", seen=True,
         phrasings=["the flag of the country with the capital {}", "the flag of the country whose capital is {}",
                    "the national flag that flies in {}", "the flag of the nation governed from {}"],
         held=["the flag of the country governed from {}", "the national flag of the country with the capital {}"],
         facts="""paris>france flag|berlin>germany flag|rome>italy flag|tokyo>japan flag|madrid>spain flag|beijing>china flag
london>britain flag|washington>america flag|brasilia>brazil flag|ottawa>canada flag|new delhi>india flag|athens>greece flag
cairo>egypt flag|stockholm>sweden flag|oslo>norway flag|nairobi>kenya flag|buenos aires>argentina flag|seoul>korea flag
lisbon>portugal flag|dublin>ireland flag|bern>switzerland flag|havana>cuba flag|hanoi>vietnam flag
copenhagen>denmark flag|helsinki>finland flag"""),
    dict(relation="inventor", seen=True,
         phrasings=["the thing {} is known for", "what {} gave to science", "the thing that made {} famous",
                    "what comes to mind at the name of {}"],
         held=["the thing that {} is famous for", "what {} is known for"],
         facts="""isaac newton>apple|galileo>telescope|archimedes>bathtub|erwin schrodinger>cat|ivan pavlov>dog
thomas edison>lightbulb|the wright brothers>airplane|louis bleriot>airplane
watson and crick>dna|rosalind franklin>dna|henry ford>automobile|karl benz>automobile|benjamin franklin>kite
george stephenson>locomotive|richard trevithick>locomotive|antonie van leeuwenhoek>microscope|igor sikorsky>helicopter
robert goddard>rocket|wernher von braun>rocket|wilhelm rontgen>x-ray|alan turing>laptop|konrad zuse>laptop
alessandro volta>battery|guglielmo marconi>radio|john logie baird>television|louis daguerre>camera|george eastman>camera
rene laennec>stethoscope|christiaan huygens>saturn|edmond halley>comet|william gilbert>magnet|king camp gillette>razor
martin cooper>smartphone|adolphe sax>saxophone|bartolomeo cristofori>piano|johannes gutenberg>book|bob ross>palette"""),
    dict(relation="occasion", seen=True,
         phrasings=["the symbol of {}", "what people think of at {}", "the thing that belongs to {}", "what stands for {}"],
         held=["the thing that people think of at {}", "what belongs to {}"],
         facts="""halloween>pumpkin|christmas>christmas tree|saint nicholas day>santa claus|easter>egg|valentine's day>heart
thanksgiving>turkey|hanukkah>menorah|saint patrick's day>clover|new year's eve>fireworks|independence day>fireworks
mother's day>bouquet|turning a year older>birthday cake|oktoberfest>beer|the mid autumn festival>mooncake|the day of the dead>skull
earth day>globe|a marriage>diamond ring|a funeral>coffin|graduation>graduation cap|hanami>cherry blossom
april fools' day>clown|canada day>maple leaf|bastille day>france flag|the oscars>trophy|the olympics>medal
the tour de france>bicycle|the kentucky derby>horse|the gridiron final>football|the masters at augusta>golf
wimbledon>tennis|the world cup>soccer|the monaco grand prix>racing car|a coronation>crown"""),
    dict(relation="place", seen=True,
         phrasings=["the sight {} is famous for", "the thing people connect with {}", "what tourists think of in {}",
                    "the typical thing of {}"],
         held=["the thing that {} is connected with", "the thing tourists connect with {}"],
         facts="""new york harbor>statue of liberty|easter island>moai|honshu>mount fuji|mecca>kaaba|hollywood>clapperboard
las vegas>dice|the netherlands>tulip|cape canaveral>rocket|the north pole>santa claus|antarctica>penguin|the sahara>camel
roswell>flying saucer|etna>volcano|krakatoa>volcano|pompeii>volcano|wall street>bull|detroit>automobile
nashville>guitar|new orleans>trumpet|kyoto>kimono|amsterdam>bicycle|monaco>racing car|reims>champagne|bordeaux>wine
munich>beer|queensland>koala|colombia>coffee|ecuador>banana|florida>crocodile|kansas>tornado|oahu>wave|aspen>ski
lapland>snowflake|sonora>cactus|portland>rose"""),
    dict(relation="sound", seen=True,
         phrasings=["the one that says {}", "what goes {}", "the source of the sound {}", "who makes the sound {}"],
         held=["the one that makes the sound {}", "the one that goes {}"],
         facts="""moo>cow|woof>dog|bow wow>dog|meow>cat|purr>cat|oink>pig|neigh>horse|quack>duck|ribbit>frog|croak>frog|hoot>owl
hiss>snake|roar>lion|baa>sheep|buzz>honeybee|cluck>chicken|cock a doodle doo>rooster|hee haw>donkey|gobble>turkey
squeak>mouse|tweet>bird|honk>goose|tick tock>alarm clock|ding dong>bell|choo choo>locomotive|coo>dove
bleat>goat|nee naw>ambulance|kaboom>bomb|ho ho ho>santa claus|boo>ghost"""),
    dict(relation="french", seen=True,
         phrasings=["the french word {}", "what the french call {}", "what {} means in french", "the meaning of {} in french",
                    "the thing the french name {}"],
         held=["the thing the french call {}", "the meaning of the french word {}"],
         facts=words.facts("french")),
    dict(relation="german", seen=True,
         phrasings=["the german word {}", "what germans call {}", "what {} means in german", "the meaning of {} in german",
                    "the thing germans name {}"],
         held=["the thing germans call {}", "the meaning of the german word {}"],
         facts=words.facts("german")),
    dict(relation="creature", seen=False,
         phrasings=["the animal that {} is", "the kind of animal {} is", "the creature called {}", "the species of {}"],
         held=["the kind of creature {} is", "the animal called {}"],
         facts="""winnie the pooh>bear|baloo>bear|paddington>bear|bugs bunny>rabbit|peter cottontail>rabbit|garfield>cat
sylvester>cat|snoopy>dog|scooby doo>dog|nemo>fish|dumbo>elephant|babar>elephant|kermit>frog|moby dick>whale|bambi>deer
rudolph>deer|king kong>gorilla|jaws>shark|sonic>hedgehog|tigger>tiger|shere khan>tiger|eeyore>donkey|hedwig>owl|simba>lion
mufasa>lion|aslan>lion|babe>pig|stuart little>mouse|speedy gonzales>mouse|flipper>dolphin|black beauty>horse|seabiscuit>horse
charlotte of the web>spider|pingu>penguin|bagheera>leopard|kaa>snake|nagini>snake|tweety>bird
marty of madagascar>zebra|iago>parrot|smaug>dragon|mushu>dragon|donatello>turtle"""),
    dict(relation="gloss", seen=False,
         phrasings=["the thing described as {}", "the word for {}", "what is meant by {}", "the name of {}"],
         held=["the thing meant by {}", "the word that describes {}"],
         facts="""the insect that makes honey>honeybee|the maker of webs with eight legs>spider|the builder of dams with a flat tail>beaver
the pouched jumper of the outback>kangaroo|the largest land mammal>elephant|the largest mammal of the sea>whale
the tallest living mammal>giraffe|the slow reptile with a carapace>turtle|the long yellow fruit with a peel>banana
the bulb with many cloves and a strong smell>garlic|the vegetable that makes cooks cry>onion
the device that tells north from south>compass|the device that measures time with sand>hourglass
a frozen crystal that falls in winter>snowflake|the coloured arc after a shower>rainbow|the peak that spits lava>volcano
a rotating column of air>tornado|the vehicle that carries the injured>ambulance|the farm vehicle that pulls a plough>tractor
the aircraft with a spinning rotor>helicopter|the canopy that slows a fall>parachute|the tool that drives nails>hammer
the tool that fells a trunk>axe|two pivoted blades that cut paper>scissors|a stick of wax with a wick>candle
the folding shelter against showers>umbrella|the desert plant with spines>cactus|the crop that turns to the daylight>sunflower
the gold hat of a monarch>crown|the molecule of heredity>dna|the organ that thinks>brain|the orange root that hares love>carrot
the cube thrown in games of chance>dice|the vehicle moved by two pedals>bicycle"""),
    dict(relation="tool", seen=False,
         phrasings=["the tool of {}", "what {} works with", "the thing {} needs at work", "the equipment of {}"],
         held=["the thing {} works with", "the tool that {} needs at work"],
         facts="""a carpenter>handsaw|a joiner>handsaw|a blacksmith>hammer|a lumberjack>axe|a doctor>stethoscope|a cardiologist>stethoscope
a nurse>syringe|an astronomer>telescope|a biologist>microscope|a chemist>test tube|a painter>palette|a barber>razor
a hair stylist>scissors|a photographer>camera|a mechanic>wrench|a plumber>wrench|an electrician>screwdriver|a miner>pickaxe
an archer>bow and arrow|a knight>shield|a detective>magnifying glass|a magician>magic wand|a sweeper>broom
a tailor>needle|a seamstress>needle|a judge>scales|a navigator>compass|an angler>fishing rod|a farmer>tractor|a writer>pencil
a programmer>laptop|a singer>microphone|a fortune teller>crystal ball|a gardener>shovel|a pilot>airplane|a sailor>anchor
a cab driver>taxi|a courier>envelope|an orthopedist>x-ray|a geneticist>dna"""),
    dict(relation="story", seen=False,
         phrasings=["the thing in the story of {}", "the thing that belongs to the tale of {}", "what {} is remembered for",
                    "the object in the legend of {}"],
         held=["the object in the story of {}", "the thing that belongs to the legend of {}"],
         facts="""snow white>apple|william tell>apple|adam and eve>apple|the judgement of paris>apple|cinderella>high heel
sleeping beauty>needle|beauty and the beast>rose|the little prince>rose|aladdin>genie|mary poppins>umbrella|goldilocks>bear
little red riding hood>wolf|romulus and remus>wolf|jonah>whale|captain ahab>whale|noah>dove
thor>hammer|robin hood>bow and arrow|captain america>shield|king arthur>crown|harry potter>magic wand|peter pan>fairy
alice in wonderland>rabbit|the pied piper>flute|dracula>coffin|zeus>lightning|little miss muffet>spider|humpty dumpty>egg
cleopatra>snake|vincent van gogh>sunflower|claude monet>lotus|hokusai>wave|neil armstrong>rocket|saint george>dragon
the trojan war>horse|lady godiva>horse"""),
]


def relations() -> list[dict]:
    rows = []
    for relation in RELATIONS:
        facts = []
        for entry in relation["facts"].replace("\n", "|").split("|"):
            subject, answer = entry.strip().split(">")
            facts.append({"subject": subject, "answer": answer})
        rows.append({"relation": relation["relation"], "seenByImageModel": relation["seen"],
                     "phrasings": relation["phrasings"], "heldOutPhrasings": relation["held"], "facts": facts})
    return rows
